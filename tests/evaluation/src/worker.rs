//! The worker as it runs, with the Graph simulator in place of Microsoft: it fills the folders of some users, and then passes follow in which nothing changed.

use std::fmt::Write as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Instant;

use adressbote::app::App;
use adressbote::graph::Graph;
use adressbote::worker::pass::{self, Order, Unwatched};
use adressbote::worker::recent;
use adressbote::worker::report::PassReport;
use adressbote_rules::explain::explain;
use adressbote_rules::key::UserKey;
use adressbote_rules::seat::Licence;
use adressbote_schema::crm::stem;
use adressbote_schema::profile::Profile;
use adressbote_schema::state::PassKind;
use adressbote_simulator::{NewUser, Running};
use anyhow::Context as _;
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;

use crate::baseline::{Crm, Place};
use crate::cpu::{self, Meter};
use crate::world::World;

/// Whom it serves: a pass without change does not look at users, and filling folders takes long.
const SERVED: usize = 3;

/// How many users have a mailbox; more than are served.
const MAILBOXES: usize = 100;

/// How many passes without change are measured together, since CPU time is told in hundredths of a second.
const RESTS: u32 = 200;

/// How many passes for one user, and questions of one kind, are measured together.
const PASSES_FOR_ONE: u32 = 20;

/// How many passes it may take until there is nothing left to do.
const MOST_PASSES: usize = 10;

/// What somebody may ask about a user.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Question {
    Explain,
    Preview,
    Plan,
}

/// What the worker needed.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Rest {
    /// One of those whom it serves.
    #[serde(skip)]
    pub user: Option<String>,
    /// How many it serves.
    pub served: usize,
    /// The contacts that stand in their folders.
    pub standing: usize,
    /// CPU seconds of a pass that reads everything and finds nothing to do; here as below, of the process and of the database's server.
    pub whole_cpu_seconds: f64,
    /// The same by the clock on the wall.
    pub whole_wall_seconds: f64,
    /// CPU milliseconds of a pass without change.
    pub no_change_ms: f64,
    /// The statements of a pass without change, those that begin and end transactions among them; none where the database does not tell.
    pub no_change_statements: Option<u64>,
    /// CPU milliseconds of a pass for one user alone while nothing changed.
    #[serde(default)]
    pub one_user_ms: f64,
    /// CPU milliseconds of telling, while nothing changed, why a record is in somebody's folder; what his folder is to be; and what would change in it.
    #[serde(default)]
    pub explain_ms: f64,
    /// See `explain_ms`.
    #[serde(default)]
    pub preview_ms: f64,
    /// See `explain_ms`.
    #[serde(default)]
    pub plan_ms: f64,
    /// The most memory at once, in bytes; the simulator's mailboxes among it.
    pub peak_memory: u64,
}

/// The worker over a CRM that tells of its changes.
pub struct Worker {
    app: App,
    graph: Graph,
    simulator: Running,
    /// By which the server is known whose CPU time counts.
    server: Crm,
}

impl Worker {
    /// Sets everything up in an empty folder. `state` is where its own state is to stand, in the server of the CRM; this must have the table `change_log`.
    ///
    /// # Errors
    /// What anybody says against it.
    pub async fn set(world: &World, folder: &Path, (place, state): (&Place, &str)) -> anyhow::Result<Self> {
        let (Place::Postgres(crm) | Place::Sqlite(crm)) = place;
        // Seats go by key. The simulator goes through all its users whenever one is looked for.
        let mut users: Vec<_> = world.users.iter().filter(|user| user.is_active).collect();
        users.sort_by_key(|user| user.key());
        let mailboxes = users.into_iter().take(MAILBOXES).map(|user| NewUser::named(&user.mail())).collect();
        let simulator = adressbote_simulator::serve(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)), None, mailboxes).await?;
        write_profile(&folder.join("profile"))?;
        std::fs::write(folder.join("secret"), simulator.client_secret())?;
        adressbote::key_file::create(&folder.join("adressbote.key"))?;
        std::fs::write(folder.join("adressbote.toml"), configuration(&simulator, crm, state))?;
        let app = App::open(&folder.join("adressbote.toml"), chrono::Utc::now()).await?;
        let graph = app.graph()?;
        // Before the first pass is through, a state may be one that was lost: each user of the CRM would be looked up in the directory, ten in a second.
        let pass = app.state.begin_pass(&PassKind::Full, "benchmark", chrono::Utc::now()).await?;
        app.state.finish_pass(pass, &serde_json::json!({}), chrono::Utc::now()).await?;
        Ok(Self { app, graph, simulator, server: place.open().await? })
    }

    /// Makes a pass.
    ///
    /// # Errors
    /// What ends it.
    pub async fn pass(&self) -> anyhow::Result<PassReport> {
        self.pass_for(PassKind::Full).await
    }

    async fn pass_for(&self, kind: PassKind) -> anyhow::Result<PassReport> {
        let order = Order { kind, cause: "benchmark", verifies: false, budget: None };
        Ok(pass::run(&self.app, &self.graph, &order, &Unwatched, &CancellationToken::new()).await?)
    }

    fn meter(&self) -> anyhow::Result<Meter<'_>> {
        Meter::begin(&self.server)
    }

    /// The number of the last pass that did anything.
    async fn last(&self) -> anyhow::Result<Option<String>> {
        Ok(self.app.state.traces().await?.pass().map(|pass| pass.to_string()))
    }

    /// Makes passes until there is nothing left to do, then measures.
    ///
    /// # Errors
    /// What ends a pass, or that there is always something to do.
    pub async fn measure(&self, statements: &Statements) -> anyhow::Result<Rest> {
        let mut rest = Rest::default();
        for _ in 0..MOST_PASSES {
            let (before, meter, begun) = (self.last().await?, self.meter()?, Instant::now());
            let report = self.pass().await?;
            anyhow::ensure!(!report.needs_attention(), "somebody was not served: {:?} {:?}", report.alarms, report.doubts);
            if self.last().await? == before {
                rest.user = report.folders.iter().find(|folder| folder.service == "served").map(|folder| folder.user.clone());
                rest.served = report.folders.iter().filter(|folder| folder.service == "served").count();
                rest.standing = report.folders.iter().map(|folder| folder.figures.standing).sum();
                return self.rest(rest, statements).await;
            }
            (rest.whole_wall_seconds, rest.whole_cpu_seconds) = (begun.elapsed().as_secs_f64(), meter.read(1)?);
        }
        anyhow::bail!("after {MOST_PASSES} passes there is still something to do")
    }

    async fn rest(&self, rest: Rest, statements: &Statements) -> anyhow::Result<Rest> {
        let (last, requests, asked) = (self.last().await?, self.simulator.log().len(), statements.so_far()?);
        let meter = self.meter()?;
        for _ in 0..RESTS {
            self.pass().await?;
        }
        let no_change_ms = meter.read(RESTS)? * 1_000.0;
        let no_change_statements = statements.so_far()?.zip(asked).map(|(now, before)| (now - before).div_ceil(u64::from(RESTS)));
        anyhow::ensure!(self.last().await? == last && self.simulator.log().len() == requests, "a pass did something though nothing changed");
        let user = UserKey::new(rest.user.as_deref().context("nobody is served")?);
        let rest =
            Rest { explain_ms: self.question(&user, Question::Explain).await?, preview_ms: self.question(&user, Question::Preview).await?, ..rest };
        let rest = Rest { plan_ms: self.question(&user, Question::Plan).await?, ..rest };
        let one_user_ms = self.one_user(user.as_str()).await?;
        Ok(Rest { no_change_ms, no_change_statements, one_user_ms, peak_memory: cpu::peak_memory()?, ..rest })
    }

    /// CPU milliseconds of a question about a user.
    async fn question(&self, user: &UserKey, which: Question) -> anyhow::Result<f64> {
        let kind = PassKind::User(user.clone());
        let meter = self.meter()?;
        for _ in 0..PASSES_FOR_ONE {
            if which == Question::Plan {
                let (_, cases, quiet) = pass::rehearse(&self.app, chrono::Utc::now(), &kind).await?;
                anyhow::ensure!(cases.len() + quiet.len() > 0, "he has no folder");
                continue;
            }
            let recent = recent::at_hand(&self.app, &kind, chrono::Utc::now()).await?;
            let evaluation = recent.evaluation(&self.app, self.app.books.first().context("there is no book")?);
            let viewer = recent.reading.snapshot.viewer(user).context("there is no such user")?;
            if which == Question::Preview {
                anyhow::ensure!(!evaluation.due(&viewer).contacts().is_empty(), "nothing is due to him");
            } else {
                let record = recent.reading.snapshot.record_keys().next().context("there are no records")?;
                anyhow::ensure!(explain(&evaluation, &viewer, Licence::Seated, record).queue.0 > 0, "he wants nothing");
            }
        }
        Ok(meter.read(PASSES_FOR_ONE)? * 1_000.0)
    }

    /// CPU milliseconds of a pass for one user.
    async fn one_user(&self, user: &str) -> anyhow::Result<f64> {
        let meter = self.meter()?;
        for _ in 0..PASSES_FOR_ONE {
            self.pass_for(PassKind::User(UserKey::new(user))).await?;
        }
        Ok(meter.read(PASSES_FOR_ONE)? * 1_000.0)
    }
}

/// Where a server writes down the statements that it carries out; none for files.
#[derive(Clone, Debug)]
pub struct Statements(pub Option<PathBuf>);

impl Statements {
    /// How many there were so far.
    fn so_far(&self) -> anyhow::Result<Option<u64>> {
        let Some(path) = &self.0 else { return Ok(None) };
        let log = std::fs::read(path).with_context(|| format!("{} could not be read", path.display()))?;
        let log = String::from_utf8_lossy(&log);
        let is_statement = |line: &&str| line.contains("LOG:  statement: ") || line.contains("LOG:  execute ");
        Ok(Some(log.lines().filter(is_statement).count() as u64))
    }
}

/// The benchmark's profile in a folder, which is made, with a log of changes.
pub(crate) fn write_profile(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    for entry in std::fs::read_dir(crate::PROFILE)? {
        let file = entry?.path();
        std::fs::copy(&file, folder.join(file.file_name().context("a file of the profile has no name")?))?;
    }
    let profile = Profile::load(folder).map_err(|errors| anyhow::anyhow!("{errors}"))?;
    let told: Vec<String> = profile.relations().map(|(relation, _)| format!("\"{}\"", stem(relation))).collect();
    let mut text = std::fs::read_to_string(folder.join("profile.toml"))?;
    write!(text, "\n[changes]\nat = \"number\"\noverlap = 100\ntold = [{}]\n", told.join(", "))?;
    std::fs::write(folder.join("profile.toml"), text)?;
    Ok(std::fs::write(folder.join("changes.sql"), "SELECT relation, n AS at, whom AS key FROM change_log")?)
}

fn configuration(simulator: &Running, crm: &str, state: &str) -> String {
    let (base, token_url, tenant, client_id) = (simulator.base(), simulator.token_url(), simulator.tenant(), simulator.client_id());
    format!(
        r#"[crm]
profile = "./profile"
database = "{crm}"

[state]
database = "{state}"
key_file = "adressbote.key"

[graph]
base = "{base}"
token_url = "{token_url}"
tenant = "{tenant}"
client_id = "{client_id}"
credential = {{ kind = "secret", value = {{ file = "secret" }} }}

[worker]
seats = {SERVED}

[books.contacts]
target = {{ folder = "CRM" }}
purpose = "Measuring"
legal_basis = "Art. 6 (1) f GDPR"
retention_days = 365
"#
    )
}
