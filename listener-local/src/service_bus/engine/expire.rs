use super::{core::Core, namespace::Namespace, queue::QueueId};

impl Namespace {
    /// Ends all locks of an entity now, as if their time were over, or those of all entities; a topic's are those of its
    /// subscriptions. Tells how many, sessions among them.
    ///
    /// No client can ask for it: it is there to try what a receiver does that loses its locks.
    pub fn expire_locks(&self, entity: Option<&str>) -> usize {
        let scope = entity.map(str::to_lowercase);
        let mut core = self.shared.lock();
        let now = self.shared.clock.now();
        let before = core.next_deadline();
        let queues = core.queues_below(scope.as_deref());
        let ended = queues
            .into_iter()
            .filter_map(|id| core.visit(id, now, |queue| queue.expire_locks()));
        let ended = ended.sum();
        self.shared.rearm(&core, before);
        ended
    }
}

impl Core {
    /// The queues of the entity at this path and of those below it, dead letters too; of all without a path.
    fn queues_below(&self, path: Option<&str>) -> Vec<QueueId> {
        let concerned = |own: &str| {
            let rest = path.map(|path| own.strip_prefix(path));
            rest.is_none_or(|rest| rest.is_some_and(|it| it.is_empty() || it.starts_with('/')))
        };
        let entities = self.entities.iter().filter(|(own, _)| concerned(own));
        entities
            .filter_map(|(_, entity)| entity.trio())
            .flat_map(|trio| [trio.main, trio.dead_letter, trio.transfer])
            .collect()
    }
}
