// The commands.

import { annotated } from "./messages.js";

export class Control {
  constructor(container, namespace, switches) {
    this.container = container;
    this.namespace = namespace;
    this.switches = switches;
  }

  run(command, given) {
    const commands = {
      // Sets a queue up: {name, lock_ms, max_deliveries}.
      queue: ({ name, lock_ms, max_deliveries }) => {
        const queue = this.namespace.queue(name);
        queue.lockMs = lock_ms ?? queue.lockMs;
        queue.maxDeliveries = max_deliveries ?? queue.maxDeliveries;
      },
      // Puts a message in: {queue, body (hexadecimal), and what messages.js knows}; gives its sequence number.
      enqueue: ({ queue, ...message }) => ({ sequence: this.namespace.queue(queue).enqueue(annotated(message)) }),
      // How many messages are where: {queue}.
      counts: ({ queue }) => this.namespace.queue(queue).counts,
      // All messages of a queue, or of its `/$DeadLetterQueue`, without receiving them: {queue}.
      messages: ({ queue }) => ({
        messages: this.namespace
          .queue(queue)
          .peek(0, Infinity)
          .map(({ sequence, state, deliveries, message }) => ({
            sequence,
            state,
            deliveries,
            message_id: message.message_id,
            properties: message.application_properties ?? {},
          })),
      }),
      // Turns a switch on: {name, times, as}.
      switch: ({ name, times, as }) => this.switches.turn(name, times, as),
      // How it speaks: {frame: bytes of a message in one frame, wait_ms: how long answers wait for others to go with}.
      speak: (how) => Object.assign(this.container.speech, how),
      // Detaches all links on a queue, by force unless told why: {queue, condition, description}.
      detach: ({ queue, condition = "amqp:link:detach-forced", description = "detached by a test" }) => {
        const links = [...this.container.links].filter((link) => link.queue.name === queue.toLowerCase());
        links.forEach((link) => link.detach(condition, description));
        return { links: links.length };
      },
      // Cuts all connections, without a word.
      cut: () => {
        const sockets = [...this.container.sockets];
        sockets.forEach((socket) => socket.destroy());
        return { connections: sockets.length };
      },
    };
    if (!Object.hasOwn(commands, command)) {
      throw new Error(`no command: ${command}; there are ${Object.keys(commands).join(", ")}`);
    }
    return commands[command](given);
  }
}
