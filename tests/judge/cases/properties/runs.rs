//! How a property is run: many cases from one seed, printed, with proof that they were about something.

use std::fmt::Debug;
use std::io::Write;

use adressbote_judge::evidence::Evidence;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRng, TestRunner};

/// The seed of every property, unless the environment gives another.
const SEED: u64 = 20_260_301;

/// Runs a property over so many cases and prints what they met.
pub fn run<S: Strategy>(name: &str, cases: u32, strategy: &S, evidence: &Evidence, property: impl Fn(S::Value) -> Result<(), TestCaseError>)
where
    S::Value: Debug,
{
    let given = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap_or_else(|_| panic!("{name} is no number")));
    let seed = given("ADRESSBOTE_SEED").unwrap_or(SEED);
    let cases = given("ADRESSBOTE_CASES").map_or(cases, |percent| (cases * u32::try_from(percent).unwrap() / 100).max(1));
    // Whoever only wants to know whether it fails need not wait for the smallest case.
    let max_shrink_iters = given("ADRESSBOTE_SHRINK").map_or(1_000, |steps| u32::try_from(steps).unwrap());
    let config = Config { cases, failure_persistence: None, max_shrink_iters, ..Config::default() };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let mut runner = TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &bytes));
    let outcome = runner.run(strategy, property);
    // Not by `eprintln!`, which is kept back where a test passes.
    std::io::stderr().write_all(format!("{name}, seed {seed}: {evidence}\n").as_bytes()).unwrap();
    match outcome {
        Ok(()) => evidence.suffices(),
        Err(TestError::Fail(why, value)) => panic!("{name}, seed {seed}: {why}\nwith {value:?}"),
        Err(TestError::Abort(why)) => panic!("{name}, seed {seed}, gave up: {why}"),
    }
}
