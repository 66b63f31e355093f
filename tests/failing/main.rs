//! Failing well, over the local broker: what fails comes again later, in order, and tells why; an outage uses up nothing.

mod bus;
mod host;
mod order;
mod outage;
mod parked;
