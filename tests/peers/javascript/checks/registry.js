// What a check is: a function, the feature that it judges, and the entities that it wants for itself.

export const CHECKS = new Map();

// Registers a function as a check of a feature, under its name. `queue` holds the properties of a queue named after
// the check, `target` those of one named `<check>.target`, and `subscriptions` the subscriptions of a topic named after
// the check, all as the emulator's Config.json has them.
export function check(feature, entities, run) {
  const { queue, target, subscriptions } = entities;
  const wanted = queue ?? (subscriptions ? undefined : {});
  CHECKS.set(run.name, { name: run.name, feature, run, queue: wanted, target, subscriptions });
}

// The Config.json that declares the entities of these checks.
export function config(checks) {
  const Queues = [];
  const Topics = [];
  for (const { name, queue, target, subscriptions } of checks) {
    if (queue) Queues.push({ Name: name, Properties: queue });
    if (target) Queues.push({ Name: `${name}.target`, Properties: target });
    if (subscriptions) {
      const Subscriptions = Object.entries(subscriptions).map(([sub, rest]) => ({ Name: sub, ...rest }));
      Topics.push({ Name: name, Properties: {}, Subscriptions });
    }
  }
  const Namespaces = [{ Name: "sbemulatorns", Queues, Topics }];
  return { UserConfig: { Namespaces, Logging: { Type: "Console" } } };
}
