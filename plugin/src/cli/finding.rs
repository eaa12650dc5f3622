//! What a check finds: how it stands, in a sentence, and what to do.

use serde::Serialize;

use super::exit::{Exit, judged};
use super::output::{plain, table};

/// How something stands, the worst first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It does not work, or nothing is delivered from it.
    Failed,
    /// It works, but somebody should look at it.
    Warning,
    /// It may be meant so; for information.
    Information,
    /// It is right.
    Ok,
}

/// Something that was tried.
#[derive(Clone, Debug, Serialize)]
pub struct Finding {
    /// What was tried.
    what: &'static str,
    /// How it stands.
    state: State,
    /// In a sentence.
    sentence: String,
    /// What to do.
    #[serde(skip_serializing_if = "Option::is_none")]
    hint: Option<String>,
}

/// What was found.
#[derive(Debug, Default, Serialize)]
pub struct Findings {
    findings: Vec<Finding>,
    #[serde(skip)]
    exit: Exit,
}

impl Findings {
    /// Notes what is right.
    pub fn ok(&mut self, what: &'static str, sentence: impl Into<String>) {
        self.findings.push(Finding { what, state: State::Ok, sentence: sentence.into(), hint: None });
    }

    /// Notes what somebody may want to know, but may be meant so.
    pub fn tell(&mut self, what: &'static str, sentence: impl Into<String>, hint: &str) {
        self.note(what, State::Information, sentence.into(), hint);
    }

    /// Notes what somebody should look at.
    pub fn warn(&mut self, what: &'static str, sentence: impl Into<String>, hint: &str) {
        self.exit = self.exit.max(Exit::Attention);
        self.note(what, State::Warning, sentence.into(), hint);
    }

    /// Notes what keeps something from being delivered, while the rest goes on.
    pub fn stop(&mut self, what: &'static str, sentence: impl Into<String>, hint: &str) {
        self.exit = self.exit.max(Exit::Attention);
        self.note(what, State::Failed, sentence.into(), hint);
    }

    fn note(&mut self, what: &'static str, state: State, sentence: String, hint: &str) {
        self.findings.push(Finding { what, state, sentence, hint: Some(hint.to_owned()) });
    }

    /// Notes what does not work, with its causes.
    pub fn fail(&mut self, what: &'static str, error: impl Into<anyhow::Error>) {
        let (exit, sentences, hint) = judged(&error.into());
        self.exit = self.exit.max(exit);
        self.findings.push(Finding { what, state: State::Failed, sentence: sentences.join(": "), hint });
    }

    /// Notes a failure, or gives what succeeded.
    pub fn take<T, E: Into<anyhow::Error>>(&mut self, what: &'static str, outcome: Result<T, E>) -> Option<T> {
        outcome.map_err(|error| self.fail(what, error)).ok()
    }

    /// How the program ends with what was found so far.
    pub fn exit(&self) -> Exit {
        self.exit
    }

    /// The same, what weighs most first.
    #[must_use]
    pub fn by_weight(mut self) -> Self {
        self.findings.sort_by_key(|finding| finding.state);
        self
    }

    /// What was found, for people.
    pub fn text(&self) -> String {
        let rows = self.findings.iter().map(|finding| {
            let state = match finding.state {
                State::Failed => "STOPS",
                State::Warning => "look",
                State::Information => "for information",
                State::Ok => "ok",
            };
            let hint = finding.hint.as_ref().map(|hint| format!("\n-> {hint}")).unwrap_or_default();
            [finding.what.to_owned(), state.to_owned(), plain(&format!("{}{hint}", finding.sentence))]
        });
        table(["what", "state", "in words"], rows, "Nothing was tried.")
    }
}
