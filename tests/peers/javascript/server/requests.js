// Requests and their replies, over pairs of links of one session.

import rhea from "rhea";

const { types } = rhea;

export class Requests {
  #replies = [];

  // A link to answer on. The answers are settled when they are sent: nobody settles them.
  replies(sender) {
    sender.local.attach.snd_settle_mode = 1;
    this.#replies.push(sender);
  }

  // Answers what comes by a function from {operation, properties, body} to {status, condition, description, body}.
  serve(receiver, answer) {
    const node = receiver.target.address;
    receiver.on("message", ({ message }) => {
      const properties = message.application_properties ?? {};
      let reply;
      try {
        reply = answer({ operation: properties.operation, properties, body: message.body ?? {} });
      } catch (error) {
        reply = { status: 500, condition: "amqp:internal-error", description: error.message };
      }
      this.#find(message.reply_to, node)?.send(response(message, reply));
    });
  }

  // By the target or the name of the link, whichever the peer goes by; else the last on the same node.
  #find(replyTo, node) {
    const open = this.#replies.filter((sender) => sender.is_open());
    return (
      open.find((sender) => sender.target?.address === replyTo || sender.name === replyTo) ??
      open.findLast((sender) => sender.source.address === node)
    );
  }
}

function response(request, { status, condition, description = "", body = null }) {
  const said = {
    "status-code": types.wrap_int(status),
    "status-description": description,
    statusCode: types.wrap_int(status),
    statusDescription: description,
  };
  if (condition) {
    said.errorCondition = types.wrap_symbol(condition);
    said["error-condition"] = types.wrap_symbol(condition);
  }
  return { correlation_id: request.message_id, to: request.reply_to, application_properties: said, body };
}
