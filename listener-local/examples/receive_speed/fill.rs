//! Fills a queue.

use std::{fs, time::Duration};

use listener_core::{
    amqp::{ConnectionString, ErrorKind, Namespace},
    context::{Member, RemoteExecutionContext},
    decode::{Format, Message},
};
use listener_local::poster::{BrokeredMessage, Claims};
use tokio::time::sleep;
use uuid::Uuid;

use crate::Result;

const SOON: Duration = Duration::from_secs(30);
const AGAIN: Duration = Duration::from_millis(50);

/// Sends contexts like the one in the file, each about a record of its own: those of one record would wait for each other.
pub(crate) async fn fill(
    string: &str,
    queue: &str,
    count: u32,
    file: &str,
    format: &str,
) -> Result {
    let format = match format {
        "json" => Format::Json,
        "binary" => Format::Binary,
        _ => return Err(format!("expected `json` or `binary`, found `{format}`").into()),
    };
    let like = Message::new(fs::read(file)?.into(), None, Default::default());
    let mut context = RemoteExecutionContext::clone(like.context()?);
    let string: ConnectionString = string.parse()?;
    let mut connection = Namespace::new(&string).connect().await?;
    let mut session = connection.session().await?;
    let sender = session.sender(queue, SOON).await?;
    let mut batch = Vec::new();
    for number in 1..=count {
        context.primary_entity_id = Member::Value(Uuid::from_u128(number.into()));
        let message = BrokeredMessage::new(context.clone(), format, &Claims::default())?;
        batch.push(message.to_amqp(&number.to_string()));
        if batch.len() == 100 || number == count {
            // One transfer: it is taken whole, or not at all.
            while let Err(error) = sender.send_batch(batch.clone(), SOON).await {
                if error.kind() != ErrorKind::QuotaExceeded {
                    return Err(error.into());
                }
                // Full. Somebody is receiving meanwhile.
                sleep(AGAIN).await;
            }
            batch.clear();
        }
    }
    connection.close(SOON).await?;
    Ok(())
}
