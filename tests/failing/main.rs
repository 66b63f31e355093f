//! Failing well, over the local broker: what fails comes again later, in order, and tells why; an outage uses up nothing.

mod bus;
mod drain;
mod faults;
mod host;
mod meddler;
mod order;
mod outage;
mod parked;
mod waiting;
