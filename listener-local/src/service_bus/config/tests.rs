mod durations;
mod event_hubs;
mod faults;
mod service_bus;
