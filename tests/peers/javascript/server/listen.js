// The listening side: which link goes where.

import { once } from "node:events";

import rhea from "rhea";

import { OutgoingLink, receive } from "./links.js";
import { answer as manage } from "./management.js";
import { Requests } from "./requests.js";
import { Answers, otherChannels, otherHandles } from "./speech.js";

const MAX_MESSAGE_SIZE = 1 << 20;

// Listens on a port of loopback; gives the container, with what the commands work on.
export async function listen(namespace, switches) {
  const container = rhea.create_container({
    id: "a-small-service-bus",
    sender_options: { treat_modified_as_released: false },
    receiver_options: { max_message_size: MAX_MESSAGE_SIZE },
  });
  container.links = new Set();
  container.sockets = new Set();
  container.speech = { frame: 0, wait_ms: 0 };
  container.sasl_server_mechanisms.enable_anonymous();

  container.on("connection_open", ({ connection }) => otherChannels(connection));
  container.on("session_open", ({ session }) => {
    otherHandles(session, container.speech);
    session.requests = new Requests();
    session.answers = new Answers(container.speech);
  });
  container.on("sender_open", ({ sender, session }) => {
    echo(sender);
    const address = bare(sender.source?.address);
    if (isNode(address)) {
      session.requests.replies(sender);
    } else {
      new OutgoingLink(container, namespace.queue(address), sender, switches);
    }
  });
  container.on("receiver_open", ({ receiver, session }) => {
    echo(receiver);
    const address = bare(receiver.target?.address);
    if (!isNode(address)) {
      receive(namespace.queue(address), receiver);
    } else if (/^\$cbs$/i.test(address)) {
      session.requests.serve(receiver, () => ({ status: 202 }));
    } else {
      const queue = namespace.queue(address.replace(/\/\$management$/i, ""));
      session.requests.serve(receiver, (request) => manage(queue, switches, request));
    }
  });
  // What peers do wrong is theirs to see; nothing here may end the process.
  for (const event of ["error", "connection_error", "session_error", "sender_error", "receiver_error", "protocol_error"]) {
    container.on(event, () => {});
  }
  container.on("disconnected", () => {});

  const open = { max_frame_size: 65_536, channel_max: 99, idle_time_out: 60_000 };
  const server = container.listen({ host: "127.0.0.1", port: 0, ...open });
  server.on("connection", (socket) => {
    container.sockets.add(socket);
    socket.on("close", () => container.sockets.delete(socket));
  });
  await once(server, "listening");
  return { container, port: server.address().port };
}

// What the peer said of source and target comes back to it.
function echo(link) {
  if (link.source) {
    link.set_source(link.source);
  }
  if (link.target) {
    link.set_target(link.target);
  }
}

function isNode(address) {
  return /(^|\/)\$(cbs|management)$/i.test(address);
}

// An address without the scheme and host that some clients put in front.
function bare(address = "") {
  return address.replace(/^\w+:\/\/[^/]*\//, "");
}
