//! Progress of a pass on a terminal; silent elsewhere.

use indicatif::{ProgressBar, ProgressStyle};

use crate::worker::pass::Watch;

/// A bar that shows the stages of a pass.
#[derive(Debug)]
pub struct Progress(ProgressBar);

impl Progress {
    /// A bar on standard error; hidden where that is no terminal.
    pub fn new() -> Self {
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{msg:16} {wide_bar} {pos}/{len}") {
            bar.set_style(style);
        }
        Self(bar)
    }

    /// No bar: nobody watches, or the log would run into it.
    pub fn hidden() -> Self {
        Self(ProgressBar::hidden())
    }

    /// Takes the bar away.
    pub fn end(&self) {
        self.0.finish_and_clear();
    }
}

impl Watch for Progress {
    fn stage(&self, name: &'static str, folders: usize) {
        self.0.set_length(folders as u64);
        self.0.set_position(0);
        self.0.set_message(name);
    }

    fn step(&self) {
        self.0.inc(1);
    }
}
