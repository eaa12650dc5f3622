//! One pass in a process of its own, which a story may kill: `one-pass CONFIG`.

use std::path::Path;

use adressbote::app::App;
use adressbote::worker::error::sentence;
use adressbote::worker::pass::{self, Order, Unwatched};
use adressbote_schema::state::PassKind;
use tokio_util::sync::CancellationToken;

#[tokio::main]
async fn main() -> Result<(), String> {
    let config = std::env::args().nth(1).ok_or("which configuration?")?;
    let app = App::open(Path::new(&config), chrono::Utc::now()).await.map_err(|error| sentence(&error))?;
    let graph = app.graph().map_err(|error| sentence(&error))?;
    let order = Order { kind: PassKind::Full, cause: "story", verifies: false, budget: None };
    pass::run(&app, &graph, &order, &Unwatched, &CancellationToken::new()).await.map_err(|error| sentence(&error))?;
    Ok(())
}
