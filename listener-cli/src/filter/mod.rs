mod route;

use std::{
    io::{self, Write},
    path::PathBuf,
};

use clap::ValueEnum;
use listener_core::router::{SubscriptionAddress, SubscriptionRules};

use crate::{input::Input, terminal::Console};
use route::Route;

/// As large as the routes of a router may be, in bytes of JSON.
const ROUTES_LIMIT: usize = 16 << 20;

/// Print the rules of a subscription that gets what a listener's routes take
///
/// The rules are SQL filters on Dataverse's claims. They take the messages and tables of the routes, and what has lost
/// its claims on the way; they cannot tell stage, mode and filtering attributes, at which the router looks. Names are
/// compared with their case: tables by logical names, which are in lower case, messages as Dataverse writes them.
///
/// The routes are given one by one, or as the JSON that `router.routes()` serialises to. A router with a fallback takes
/// everything.
///
/// Printed as SQL to be read, as commands of Azure CLI for a POSIX shell, or as `Rules` of the emulator's Config.json. The
/// commands replace rules of the same names, and delete `$Default`, which takes everything, when all others are made;
/// rules of other names stay.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  listener filter --route Create/account --route Update/account --route Delete
  listener filter --routes routes.json --format config
  my-listener --print-routes | listener filter --routes - --format az \\
    --resource-group crm --namespace contoso --topic crm-events --subscription billing | sh")]
pub(crate) struct Args {
    /// A message, and after a `/` the table, unless it is for any; may be given several times
    #[arg(long, value_name = "MESSAGE[/TABLE]", required_unless_present_any = ["routes", "fallback"])]
    route: Vec<Route>,
    /// The routes in JSON, each an object with `message` and perhaps `entity`; `-` for standard input
    #[arg(long, value_name = "FILE")]
    routes: Option<PathBuf>,
    /// The router has a fallback
    #[arg(long)]
    fallback: bool,
    /// What to print
    #[arg(long, value_enum, default_value = "sql")]
    format: RulesFormat,
    #[command(flatten)]
    address: AddressOptions,
}

/// Where the subscription is, for the commands of Azure CLI.
#[derive(clap::Args)]
#[command(next_help_heading = "With --format az")]
struct AddressOptions {
    /// The resource group [default: a placeholder, as for the others]
    #[arg(long, value_name = "NAME")]
    resource_group: Option<String>,
    /// The namespace, without `.servicebus.windows.net`
    #[arg(long, value_name = "NAME")]
    namespace: Option<String>,
    /// The topic
    #[arg(long, value_name = "NAME")]
    topic: Option<String>,
    /// The subscription
    #[arg(long, value_name = "NAME")]
    subscription: Option<String>,
}

#[derive(Clone, Copy, ValueEnum)]
enum RulesFormat {
    /// SQL, each expression below its rule's name
    Sql,
    /// Commands of Azure CLI
    Az,
    /// JSON for Config.json of the emulator
    Config,
}

/// Whether there are rules to print.
pub(crate) fn run(args: Args, console: &mut Console<impl Write, impl Write>) -> io::Result<bool> {
    let mut routes = args.route;
    if let Some(file) = args.routes {
        let input = Input::from(file);
        match read(&input) {
            Ok(read) => routes.extend(read),
            Err(error) => {
                console.complain(format_args!("{input}: {error}"));
                return Ok(false);
            }
        }
    }
    let rules = if args.fallback {
        SubscriptionRules::everything()
    } else {
        SubscriptionRules::of_routes(routes.iter().map(Route::names))
    };
    match args.format {
        RulesFormat::Sql => write!(console.out, "{rules}")?,
        RulesFormat::Az => write!(console.out, "{}", rules.az(&args.address.into()))?,
        RulesFormat::Config => write!(console.out, "{}", rules.config())?,
    }
    if let Some(route) = routes.iter().find(|route| route.is_odd()) {
        console.complain(format_args!(
            "note: {route}: logical names of tables are in lower case, and names are compared with their case"
        ));
    }
    if routes.is_empty() && !args.fallback {
        console.complain(format_args!(
            "note: there are no routes, so that the subscription takes no message"
        ));
    }
    console.out.flush()?;
    Ok(true)
}

fn read(input: &Input) -> Result<Vec<Route>, String> {
    let json = input
        .read(ROUTES_LIMIT)
        .map_err(|error| error.to_string())?;
    route::from_json(&json)
}

impl From<AddressOptions> for SubscriptionAddress {
    fn from(options: AddressOptions) -> Self {
        let placeholders = Self::default();
        Self {
            resource_group: options
                .resource_group
                .unwrap_or(placeholders.resource_group),
            namespace: options.namespace.unwrap_or(placeholders.namespace),
            topic: options.topic.unwrap_or(placeholders.topic),
            subscription: options.subscription.unwrap_or(placeholders.subscription),
        }
    }
}
