// Which messages a subscription takes, and what it changes in them.

import { equal, none, one, raises } from "./bus.js";
import { check } from "./registry.js";

// A rule as the emulator's Config.json has it.
const rule = (Name, FilterType, rest) => ({ Rules: [{ Name, Properties: { FilterType, ...rest } }] });
const sql = (SqlExpression, action) => ({
  SqlFilter: { SqlExpression },
  ...(action && { Action: { SqlExpression: action } }),
});

check(
  "sql-filters",
  {
    subscriptions: {
      large: rule("r", "Sql", sql("size > 10 AND sys.Label LIKE 'crm%'")),
      none: rule("r", "Sql", sql("absent IS NOT NULL")),
    },
  },
  async function a_sql_filter_chooses(bus, topic) {
    const message = (body, size, subject) => ({ body, subject, applicationProperties: { size } });
    await bus.send(topic, message("small", 1, "crm"), message("other", 11, "erp"), message("large", 12, "crm-1"));
    const receiver = bus.subscription(topic, "large");
    equal((await one(receiver)).body, "large", "body");
    await none(receiver);
    await none(bus.subscription(topic, "none"));
  },
);

check(
  "correlation-filters",
  {
    subscriptions: {
      sub: rule("r", "Correlation", { CorrelationFilter: { Label: "crm", Properties: { kind: "new" } } }),
    },
  },
  async function a_correlation_filter_chooses(bus, topic) {
    const message = (body, subject, kind) => ({ body, subject, applicationProperties: { kind } });
    await bus.send(topic, message("no", "erp", "new"), message("neither", "crm", "old"), message("yes", "crm", "new"));
    const receiver = bus.subscription(topic, "sub");
    equal((await one(receiver)).body, "yes", "body");
    await none(receiver);
  },
);

check(
  "rule-actions",
  { subscriptions: { sub: rule("r", "Sql", sql("1=1", "SET grade = 'high'; REMOVE secret")) } },
  async function an_action_changes_the_copy(bus, topic) {
    await bus.send(topic, { body: "one", applicationProperties: { secret: "s", kept: 1 } });
    const { applicationProperties } = await one(bus.subscription(topic, "sub"));
    equal(applicationProperties, { kept: 1, grade: "high" }, "properties");
  },
);

async function rulesOf(manager) {
  const rules = [];
  for await (const each of manager.listRules()) rules.push(each);
  return rules;
}

check("rule-management", { subscriptions: { sub: {} } }, async function the_default_rule_is_listed(bus, topic) {
  const rules = await rulesOf(bus.client.createRuleManager(topic, "sub"));
  equal(
    rules.map(({ name }) => name),
    ["$Default"],
    "names",
  );
});

check(
  "rule-management",
  { subscriptions: { sub: {} } },
  async function a_new_rule_takes_over_from_a_deleted_one(bus, topic) {
    const manager = bus.client.createRuleManager(topic, "sub");
    await manager.createRule("large", { sqlExpression: "size > 10" });
    await manager.deleteRule("$Default");
    const message = (body, size) => ({ body, applicationProperties: { size } });
    await bus.send(topic, message("small", 1), message("large", 11));
    const receiver = bus.subscription(topic, "sub");
    equal((await one(receiver)).body, "large", "body");
    await none(receiver);
  },
);

check(
  "rule-management",
  { subscriptions: { sub: {} } },
  async function rules_are_listed_as_they_were_created(bus, topic) {
    const manager = bus.client.createRuleManager(topic, "sub");
    await manager.createRule("sql", { sqlExpression: "size > 10" }, { sqlExpression: "SET grade = 'high'" });
    const filter = {
      correlationId: "c",
      subject: "crm",
      applicationProperties: { kind: "new", year: 2026, yes: true },
    };
    await manager.createRule("correlation", filter);
    const rules = new Map((await rulesOf(manager)).map((each) => [each.name, each]));
    equal([...rules.keys()].sort(), ["$Default", "correlation", "sql"], "names");
    equal(rules.get("sql").filter.sqlExpression, "size > 10", "filter");
    equal(rules.get("sql").action.sqlExpression, "SET grade = 'high'", "action");
    const found = rules.get("correlation").filter;
    equal([found.correlationId, found.subject], ["c", "crm"], "correlation filter");
    equal(
      { ...found.applicationProperties },
      { kind: "new", year: 2026, yes: true },
      "properties of the correlation filter",
    );
  },
);

check("rule-management", { subscriptions: { sub: {} } }, async function a_rule_has_its_name_alone(bus, topic) {
  const manager = bus.client.createRuleManager(topic, "sub");
  await manager.createRule("once", { correlationId: "c" });
  await raises("MessagingEntityAlreadyExists", manager.createRule("once", { correlationId: "d" }));
});

check("rule-management", { subscriptions: { sub: {} } }, async function an_unknown_rule_is_not_deleted(bus, topic) {
  await raises("MessagingEntityNotFound", bus.client.createRuleManager(topic, "sub").deleteRule("nobody"));
});
