// Sending and receiving.

import { bodies, equal, none, one, pause, several } from "./bus.js";
import { check } from "./registry.js";

const numbers = (count) => Array.from({ length: count }, (_, number) => String(number));

check("send", {}, async function a_sent_message_is_received(bus, queue) {
  await bus.send(queue, "one");
  equal((await one(bus.receiver(queue))).body, "one", "body");
});

check("send", {}, async function messages_come_in_the_order_of_their_sending(bus, queue) {
  await bus.send(queue, ...numbers(20).map((body) => ({ body })));
  equal(bodies(await several(bus.receiver(queue), 20)), numbers(20), "order");
});

check("send", {}, async function a_list_of_messages_arrives_whole(bus, queue) {
  await bus.sender(queue).sendMessages(numbers(7).map((body) => ({ body: `m${body}` })));
  equal(
    bodies(await several(bus.receiver(queue), 7)),
    numbers(7).map((body) => `m${body}`),
    "bodies",
  );
});

check("send", {}, async function a_batch_arrives_whole(bus, queue) {
  const sender = bus.sender(queue);
  const batch = await sender.createMessageBatch();
  for (const number of numbers(50)) batch.tryAddMessage({ body: `m${number}`, messageId: `id-${number}` });
  await sender.sendMessages(batch);
  const messages = await several(bus.receiver(queue), 50);
  equal(
    messages.map(({ messageId }) => messageId),
    numbers(50).map((number) => `id-${number}`),
    "ids",
  );
  equal(
    bodies(messages),
    numbers(50).map((number) => `m${number}`),
    "bodies",
  );
});

check("send", {}, async function a_receiver_waits_for_what_comes_later(bus, queue) {
  const receiver = bus.receiver(queue);
  const [message] = await Promise.all([one(receiver), pause(400).then(() => bus.send(queue, "late"))]);
  equal(message.body, "late", "body");
});

check("send", {}, async function a_subscriber_gets_and_completes_each_message_once(bus, queue) {
  await bus.sender(queue).sendMessages(numbers(30).map((body) => ({ body: `m${body}` })));
  const receiver = bus.receiver(queue);
  const seen = [];
  await new Promise((done, failed) => {
    receiver.subscribe(
      {
        processMessage: async ({ body }) => {
          seen.push(body);
          if (seen.length === 30) done();
        },
        processError: async ({ error }) => failed(error),
      },
      { maxConcurrentCalls: 5 },
    );
  });
  await pause(200);
  await receiver.close();
  equal(
    seen.sort(),
    numbers(30)
      .map((number) => `m${number}`)
      .sort(),
    "bodies",
  );
  equal(await bus.receiver(queue).peekMessages(100), [], "messages left");
});

check(
  "receive-and-delete",
  { queue: { LockDuration: "PT1S" } },
  async function receive_and_delete_removes_the_message(bus, queue) {
    await bus.send(queue, "one");
    const receiver = bus.receiver(queue, { receiveMode: "receiveAndDelete" });
    equal((await one(receiver)).body, "one", "body");
    // Longer than a lock would hold.
    await none(bus.receiver(queue), 1_600);
  },
);

check("send", {}, async function a_large_message_comes_back_in_its_frames(bus, queue) {
  const body = "0123456789abcdef".repeat(12_800);
  await bus.send(queue, body);
  equal((await one(bus.receiver(queue))).body === body, true, "the same 200 KB");
});
