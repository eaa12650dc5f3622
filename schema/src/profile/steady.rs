//! Whether a profile's SQL gives the same answer whenever it is asked, and does nothing but answer: what each database offers that would not.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan, Word};

use super::error::Notes;
use super::sql::line;
use super::{AsUser, Database};

/// What a database offers that a profile must not use. A name that ends with `*` stands for all that begin so.
struct Unfit {
    /// Words that give the time by themselves.
    clock_words: &'static [&'static str],
    /// Functions that give the time, or chance, or what is this session's alone, whatever they are given.
    unsteady: &'static [&'static str],
    /// Functions that take the time of the clock for an argument left out, with the arguments they need not to.
    unsteady_without: &'static [(&'static str, usize)],
    /// Texts that stand for the time of the clock.
    clock_texts: &'static [&'static str],
    /// Functions that do more than answer, or that run a text as SQL.
    acting: &'static [&'static str],
}

/// SQLite takes `'now'` for the clock in its date functions alone; and it takes a name in quotes for text where no column has it.
const SQLITE: Unfit = Unfit {
    clock_words: &["current_timestamp", "current_date", "current_time", "localtime", "localtimestamp", "sysdate", "systimestamp"],
    unsteady: &[
        "now",
        "getdate",
        "getutcdate",
        "sysdatetime",
        "sysutcdatetime",
        "curdate",
        "curtime",
        "utc_timestamp",
        "utc_date",
        "clock_timestamp",
        "statement_timestamp",
        "transaction_timestamp",
        "timeofday",
        "unix_timestamp",
        "random",
        "randomblob",
        "rand",
        "newid",
        "uuid",
        "gen_random_uuid",
        "changes",
        "total_changes",
        "last_insert_rowid",
        "load_extension",
    ],
    unsteady_without: &[("date", 1), ("time", 1), ("datetime", 1), ("julianday", 1), ("unixepoch", 1), ("strftime", 2), ("timediff", 2)],
    clock_texts: &["now", "subsec", "subsecond"],
    acting: &[],
};

const POSTGRES: Unfit = Unfit {
    clock_words: &["current_timestamp", "current_date", "current_time", "localtime", "localtimestamp"],
    unsteady: &[
        "now",
        "clock_timestamp",
        "statement_timestamp",
        "transaction_timestamp",
        "timeofday",
        "random",
        "random_*",
        "setseed",
        "gen_random_*",
        "gen_salt",
        "uuid_generate_*",
        "uuidv*",
        "txid_*",
        "pg_current_*",
        "pg_snapshot_*",
        "pg_backend_pid",
        "pg_postmaster_start_time",
        "pg_conf_load_time",
        "inet_client_*",
        "currval",
        "lastval",
    ],
    unsteady_without: &[("age", 2)],
    clock_texts: &["now", "today", "tomorrow", "yesterday"],
    acting: &[
        "nextval",
        "setval",
        "set_config",
        "pg_sleep*",
        "pg_advisory_*",
        "pg_try_advisory_*",
        "pg_notify",
        "pg_cancel_backend",
        "pg_terminate_backend",
        "pg_reload_conf",
        "pg_rotate_logfile*",
        "pg_promote",
        "pg_switch_wal",
        "pg_wal_*",
        "pg_log*",
        "pg_create_*",
        "pg_drop_*",
        "pg_replication_*",
        "pg_export_snapshot",
        "pg_stat_reset*",
        "pg_stat_file",
        "pg_ls_*",
        "pg_read_*",
        "pg_file_*",
        "pg_import_*",
        "lo_*",
        "loread",
        "lowrite",
        "dblink*",
        "postgres_fdw_*",
        "query_to_xml*",
        "table_to_xml*",
        "cursor_to_xml*",
        "schema_to_xml*",
        "database_to_xml*",
        "ts_stat",
        "ts_rewrite",
        "crosstab*",
        "connectby",
        "xpath_table",
    ],
};

const MYSQL: Unfit = Unfit {
    clock_words: &["current_timestamp", "current_date", "current_time", "localtime", "localtimestamp", "utc_date", "utc_time", "utc_timestamp"],
    unsteady: &[
        "now",
        "sysdate",
        "curdate",
        "curtime",
        "rand",
        "random_bytes",
        "uuid",
        "uuid_*",
        "sys_guid",
        "connection_id",
        "last_insert_id",
        "found_rows",
        "row_count",
        "lastval",
    ],
    unsteady_without: &[("unix_timestamp", 1)],
    clock_texts: &[],
    acting: &[
        "sleep",
        "benchmark",
        "get_lock",
        "release_lock",
        "release_all_locks",
        "is_free_lock",
        "is_used_lock",
        "load_file",
        "master_*",
        "source_pos_wait",
        "wait_for_*",
        "wait_until_*",
        "nextval",
        "setval",
        "sys_exec",
        "sys_eval",
        "service_*",
    ],
};

const TIME: &str = "give from/until columns instead: what turns with time is decided at each pass";
const SESSION: &str = "only what [as_user] sets may be read of it, where `as_user` is true";
const ANSWER: &str = "a profile's SQL only answers from the CRM's tables";

impl Unfit {
    fn of(database: Database) -> &'static Self {
        match database {
            Database::Sqlite => &SQLITE,
            Database::Postgres => &POSTGRES,
            Database::Mysql => &MYSQL,
        }
    }

    fn arguments_needed(&self, one: &TokenWithSpan) -> Option<usize> {
        let Token::Word(Word { value, .. }) = &one.token else { return None };
        self.unsteady_without.iter().find(|(name, _)| value.eq_ignore_ascii_case(name)).map(|(_, needed)| *needed)
    }
}

/// Whether a name is in a list.
fn is_in(list: &[&str], name: &str) -> bool {
    list.iter().any(|one| one.strip_suffix('*').map_or(*one == name, |begin| name.starts_with(begin)))
}

/// The statement while it is looked at, word by word.
struct Look<'a> {
    notes: &'a Notes<'a>,
    database: Database,
    /// What the session gets, if it is one user's.
    as_user: Option<&'a AsUser>,
    unfit: &'static Unfit,
    tokens: &'a [TokenWithSpan],
    /// Whether a function is called that could take a text for the clock.
    has_dates: bool,
}

/// Whether the statement neither reads the clock nor chance, nor waits for parameters, nor does more than answer; every place where it does is noted.
pub(super) fn check(notes: &Notes<'_>, database: Database, as_user: Option<&AsUser>, tokens: &[TokenWithSpan]) -> bool {
    let unfit = Unfit::of(database);
    let has_dates = match database {
        Database::Sqlite => tokens.windows(2).any(|pair| matches!(pair, [one, open] if is_call(one, open) && unfit.arguments_needed(one).is_some())),
        // A text becomes a time wherever it is compared with one.
        Database::Postgres => true,
        Database::Mysql => false,
    };
    let look = Look { notes, database, as_user, unfit, tokens, has_dates };
    // Each place is looked at, so that each is noted.
    let bad = (0..tokens.len()).filter_map(|place| look.refusal(place)).fold(0, |bad, (one, what, hint)| {
        notes.line(Some(line(one.span.start.line)), what, Some(hint.to_owned()));
        bad + 1
    });
    look.has_no_hidden_sql() && bad == 0
}

impl Look<'_> {
    /// What is wrong at a place, and what to do.
    fn refusal(&self, place: usize) -> Option<(&TokenWithSpan, String, &'static str)> {
        let one = self.tokens.get(place)?;
        let (what, hint) = match &one.token {
            Token::Placeholder(name) => (format!("`{name}` is a parameter, and nobody gives it a value"), "write the value itself"),
            // PostgreSQL has operators and slices of these signs, and no parameters.
            Token::Colon | Token::AtSign if self.database == Database::Sqlite => {
                (format!("`{}` begins a parameter, and nobody gives it a value", one.token), "write the value itself")
            }
            Token::AtSign | Token::Assignment if self.database == Database::Mysql => {
                (format!("`{}` reads or sets a variable of the session", one.token), ANSWER)
            }
            Token::SingleQuotedString(text)
            | Token::EscapedStringLiteral(text)
            | Token::UnicodeStringLiteral(text)
            | Token::NationalStringLiteral(text) => self.text(text)?,
            Token::DollarQuotedString(text) => self.text(&text.value)?,
            Token::Word(word) if word.quote_style.is_some() && self.database == Database::Sqlite && self.is_clock_text(&word.value) => {
                (format!("`{}` reads the clock", word.value), TIME)
            }
            Token::Word(word) => self.word(place, one, word)?,
            _ => return None,
        };
        Some((one, what, hint))
    }

    fn text(&self, text: &str) -> Option<(String, &'static str)> {
        if self.is_clock_text(text) {
            return Some((format!("`'{text}'` reads the clock"), TIME));
        }
        let is_zone = self.database == Database::Sqlite && self.has_dates && is_one_of(text, &["localtime", "utc"]);
        let zone = || (format!("`'{text}'` reads this machine's time zone"), "give instants in UTC; the profile's `time_zone` says the company's");
        is_zone.then(zone)
    }

    fn is_clock_text(&self, text: &str) -> bool {
        if !self.has_dates {
            return false;
        }
        // PostgreSQL takes `today 08:00` and `now UTC` for times, too.
        let is_of_time =
            |word: &str| word.bytes().all(|byte| byte.is_ascii_digit() || b":+-.".contains(&byte)) || is_one_of(word, &["utc", "z", "gmt"]);
        let is_clock = |word: &str| is_one_of(word, self.unfit.clock_texts);
        text.split_whitespace().any(is_clock) && text.split_whitespace().all(|word| is_clock(word) || is_of_time(word))
    }

    fn word(&self, place: usize, one: &TokenWithSpan, word: &Word) -> Option<(String, &'static str)> {
        let name = word.value.to_lowercase();
        let next = self.tokens.get(place + 1);
        let called = next.is_some_and(|open| is_call(one, open));
        let before = place.checked_sub(1).and_then(|before| self.tokens.get(before));
        let after_dot = before.is_some_and(|before| before.token == Token::Period);
        let is_plain = word.quote_style.is_none();
        let value = &word.value;
        if is_plain && self.unfit.clock_words.contains(&name.as_str()) && !after_dot {
            Some((format!("`{value}` reads the clock"), TIME))
        } else if called && is_in(self.unfit.unsteady, &name) {
            Some((format!("`{value}()` gives another answer each time"), TIME))
        } else if called && is_in(self.unfit.acting, &name) {
            Some((format!("`{value}()` does more than answer"), ANSWER))
        } else if called
            && self.unfit.arguments_needed(one).is_some_and(|needed| arguments(self.tokens.get(place + 1..).unwrap_or_default()) < needed)
        {
            Some((format!("`{value}()` without a time reads the clock"), TIME))
        } else if let Some(what) = self.of_session(place, &name, called, is_plain && !after_dot) {
            Some((what, SESSION))
        } else if is_plain && self.database != Database::Sqlite {
            self.keyword(word, next)
        } else {
            None
        }
    }

    /// What is of the session, and so of the account that reads, unless the session is one user's and this is what it got.
    fn of_session(&self, place: usize, name: &str, is_called: bool, is_plain: bool) -> Option<String> {
        let sets = |name: &str| self.as_user.is_some_and(|as_user| as_user.sets(name));
        match self.database {
            Database::Postgres if is_called && name == "current_setting" => {
                let of = self.tokens.get(place + 2).map(|one| &one.token);
                let is_users = matches!(of, Some(Token::SingleQuotedString(of)) if sets(of));
                (!is_users).then(|| format!("`{name}()` reads a setting of the session"))
            }
            Database::Postgres if is_plain && ["current_user", "current_role"].contains(&name) => {
                let is_users = self.as_user.is_some_and(|as_user| as_user.role.is_some());
                (!is_users).then(|| format!("`{name}` is the account that reads"))
            }
            Database::Postgres if is_plain && name == "session_user" => Some(format!("`{name}` is the account that reads")),
            Database::Mysql if is_plain && name.starts_with('@') => {
                let is_users = name.strip_prefix('@').is_some_and(sets);
                (!is_users).then(|| format!("`{name}` is a variable of the session"))
            }
            Database::Sqlite | Database::Postgres | Database::Mysql => None,
        }
    }

    /// Words that make of a SELECT, wherever it stands, more than a question.
    fn keyword(&self, word: &Word, next: Option<&TokenWithSpan>) -> Option<(String, &'static str)> {
        let follows = |wanted: &[&str]| matches!(next.map(|next| &next.token), Some(Token::Word(next)) if is_one_of(&next.value, wanted));
        match word.keyword {
            Keyword::INTO => Some(("a profile only reads, `INTO` writes".to_owned(), ANSWER)),
            Keyword::FOR if follows(&["update", "share", "no", "key"]) => Some(("a profile only reads, this locks rows".to_owned(), ANSWER)),
            _ if self.database == Database::Mysql && is_one_of(&word.value, &["next", "previous"]) && follows(&["value"]) => {
                Some((format!("`{} VALUE` moves or reads a sequence", word.value), ANSWER))
            }
            _ => None,
        }
    }

    /// Whether the database reads nothing where we read a comment, or a name that we cannot see.
    fn has_no_hidden_sql(&self) -> bool {
        let (signs, what): (&[&str], _) = match self.database {
            Database::Sqlite => return true,
            Database::Mysql => (&["/*!", "/*m!", "/*+"], "the database carries out what stands in this comment"),
            Database::Postgres => (&["u&\""], "a name is written by the numbers of its letters"),
        };
        let text = self.notes.text.to_lowercase();
        let Some(at) = signs.iter().find_map(|sign| text.find(sign)) else { return true };
        self.notes.line(Some(text.get(..at).unwrap_or_default().matches('\n').count() + 1), what.to_owned(), Some("write it plainly".to_owned()));
        false
    }
}

fn is_one_of(text: &str, words: &[&str]) -> bool {
    words.iter().any(|word| text.trim().eq_ignore_ascii_case(word))
}

fn is_call(one: &TokenWithSpan, open: &TokenWithSpan) -> bool {
    matches!(one.token, Token::Word(_)) && open.token == Token::LParen
}

/// How many arguments a call has; `tokens` begin with its parenthesis.
fn arguments(tokens: &[TokenWithSpan]) -> usize {
    let (mut depth, mut commas, mut is_empty) = (0_usize, 0, true);
    for one in tokens {
        match one.token {
            Token::LParen => depth += 1,
            Token::RParen => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    break;
                }
            }
            Token::Comma if depth == 1 => commas += 1,
            _ => is_empty = false,
        }
    }
    if is_empty { 0 } else { commas + 1 }
}
