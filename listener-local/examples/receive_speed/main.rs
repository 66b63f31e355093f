//! How fast a queue is listened on, and at which cost: our listener, and a bare loop of another library, each as a
//! process of its own. `tests/peers/rates/receive` runs them in turns, beside Azure's own libraries.
//!
//! ```text
//! receive_speed fill CONNECTION_STRING QUEUE MESSAGES FILE json|binary    contexts like the one in the file
//! receive_speed listener CONNECTION_STRING QUEUE MESSAGES CREDIT          routed, decoded, completed
//! receive_speed bare PORT QUEUE MESSAGES CREDIT                           received and completed, nothing decoded
//! ```
//!
//! One line says what came of it: messages a second, microseconds of processor time a message, and resident memory in
//! MB after each tenth of the messages.

mod bare;
mod fill;
mod listener;
mod progress;

type Result<T = (), E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

#[tokio::main]
async fn main() -> Result {
    let arguments: Vec<_> = std::env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["fill", string, queue, count, file, format] => {
            fill::fill(string, queue, count.parse()?, file, format).await
        }
        ["listener", string, queue, count, credit] => {
            listener::listen(string, queue, count.parse()?, credit.parse()?).await
        }
        ["bare", port, queue, count, credit] => {
            bare::receive(port.parse()?, queue, count.parse()?, credit.parse()?).await
        }
        _ => Err("expected `fill`, `listener` or `bare`, and what each of them wants".into()),
    }
}
