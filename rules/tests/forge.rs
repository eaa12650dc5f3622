//! What has passed a check cannot be forged: each case must not compile, and its twin, which differs by the forbidden line only, does.
//!
//! It stands here, not with the other tests, because trybuild builds whatever its crate depends on a second time.
#![expect(dead_code, reason = "the twins keep the arguments of the forbidden lines")]

macro_rules! cases {
    ($($twin:ident $case:literal $file:literal,)+) => {
        $(#[path = $file] mod $twin;)+

        #[test]
        fn what_is_forged_does_not_compile() {
            let cases = trybuild::TestCases::new();
            $(cases.compile_fail($case);)+
        }

        #[test]
        fn twins_differ_by_the_forbidden_line_only() {
            $($twin::main();)+
            for (case, twin) in [$((include_str!(concat!("../", $case)), include_str!($file)),)+] {
                let differing = case.lines().zip(twin.lines()).filter(|(forbidden, allowed)| forbidden != allowed).count();
                assert_eq!((differing, case.lines().count()), (1, twin.lines().count()), "{case}");
            }
        }
    };
}

cases! {
    constructed_twin "tests/forge/constructed.rs" "forge/constructed_twin.rs",
    defaulted_twin "tests/forge/defaulted.rs" "forge/defaulted_twin.rs",
    deserialized_twin "tests/forge/deserialized.rs" "forge/deserialized_twin.rs",
    due_twin "tests/forge/due.rs" "forge/due_twin.rs",
    filtered_twin "tests/forge/filtered.rs" "forge/filtered_twin.rs",
    judged_twin "tests/forge/judged.rs" "forge/judged_twin.rs",
    mapped_twin "tests/forge/mapped.rs" "forge/mapped_twin.rs",
    mistaken_twin "tests/forge/mistaken.rs" "forge/mistaken_twin.rs",
    ordered_twin "tests/forge/ordered.rs" "forge/ordered_twin.rs",
    proven_twin "tests/forge/proven.rs" "forge/proven_twin.rs",
    pushed_twin "tests/forge/pushed.rs" "forge/pushed_twin.rs",
}
