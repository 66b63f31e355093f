//! Listeners with a fault that a check has to notice.

use std::future::Future;

use listener_core::{
    Outcome, Settler,
    source::{Capabilities, Closed, Received, Settings, Source, SourceError, service_bus::Queue},
};

/// What is wrong with a listener.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wrong {
    Nothing,
    /// It completes each message before it is handled.
    CompletesFirst,
    /// It settles nothing.
    SettlesNothing,
    /// It says another outcome than the handler's.
    Says(fn(Outcome) -> Outcome),
    /// It lets locks end.
    NeverRenews,
}

/// A queue with a fault.
pub(crate) struct Spoilt {
    queue: Queue,
    wrong: Wrong,
    forgotten: Vec<Settler<()>>,
}

impl Spoilt {
    pub(crate) fn new(queue: Queue, wrong: Wrong) -> Self {
        Self {
            queue,
            wrong,
            forgotten: Vec::new(),
        }
    }
}

impl Source for Spoilt {
    type Reply = ();

    fn name(&self) -> &str {
        self.queue.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.queue.capabilities()
    }

    fn start(
        &mut self,
        settings: &Settings,
    ) -> impl Future<Output = Result<(), SourceError>> + Send {
        self.queue.start(settings)
    }

    async fn next(&mut self) -> Result<Option<Received<()>>, SourceError> {
        let received = self.queue.next().await?;
        Ok(received.map(|(delivery, settler)| {
            let settler = match self.wrong {
                Wrong::Nothing | Wrong::NeverRenews => settler,
                Wrong::CompletesFirst => {
                    settler.settle(Outcome::Accept(()));
                    Settler::new(|_| {})
                }
                Wrong::SettlesNothing => {
                    self.forgotten.push(settler);
                    Settler::new(|_| {})
                }
                Wrong::Says(other) => Settler::new(move |outcome| settler.settle(other(outcome))),
            };
            (delivery, settler)
        }))
    }

    fn stop(&mut self) {
        self.queue.stop();
    }

    fn close(self) -> impl Future<Output = Closed> + Send {
        self.queue.close()
    }
}
