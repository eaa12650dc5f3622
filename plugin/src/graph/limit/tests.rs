use super::*;

const HELD: Duration = Duration::from_secs(5);

fn limits(per_10_min: u32) -> Limits {
    Limits::new(Pace { mailbox_per_10_min: NonZeroU32::new(per_10_min).unwrap(), ..Pace::default() })
}

async fn enters(limits: &Limits, mailbox: &MailboxId, weight: Weight) -> Option<Pass> {
    let entering = limits.enter(Some(mailbox), weight, HELD);
    tokio::time::timeout(Duration::from_millis(50), entering).await.ok().map(Result::unwrap)
}

#[tokio::test]
async fn a_mailbox_has_four_requests_or_one_batch() {
    let (limits, mailbox, other) = (limits(10_000), MailboxId::new("a"), MailboxId::new("b"));
    let mut four = Vec::new();
    for _ in 0..4 {
        four.push(enters(&limits, &mailbox, Weight::single(0)).await.unwrap());
    }
    assert!(enters(&limits, &mailbox, Weight::single(0)).await.is_none());
    assert!(enters(&limits, &other, Weight::single(0)).await.is_some());
    four.pop();
    assert!(enters(&limits, &mailbox, Weight::batch(20, 0)).await.is_none());
    four.clear();
    let batch = enters(&limits, &mailbox, Weight::batch(20, 0)).await.unwrap();
    assert!(enters(&limits, &mailbox, Weight::single(0)).await.is_none());
    drop(batch);
    assert!(enters(&limits, &mailbox, Weight::single(0)).await.is_some());
}

#[tokio::test]
async fn items_of_a_batch_count_singly() {
    let (limits, mailbox) = (limits(100), MailboxId::new("a"));
    assert!(enters(&limits, &mailbox, Weight::batch(20, 0)).await.is_some());
    assert!(enters(&limits, &mailbox, Weight::batch(20, 0)).await.is_some());
    assert!(enters(&limits, &mailbox, Weight::single(0)).await.is_none(), "40 of 100 may go at once, the rest is spread");
    assert!(enters(&limits, &MailboxId::new("b"), Weight::single(0)).await.is_some());
}

#[tokio::test]
async fn what_is_larger_than_the_limiter_goes_in_pieces() {
    let limits = Limits::new(Pace { upload_kib_per_5_min: NonZeroU32::new(300_000).unwrap(), ..Pace::default() });
    let (mailbox, start) = (MailboxId::new("a"), Instant::now());
    let entering = limits.enter(Some(&mailbox), Weight::single(120_600 * 1024), HELD);
    assert!(tokio::time::timeout(Duration::from_secs(5), entering).await.is_ok());
    assert!(start.elapsed() > Duration::from_millis(500), "600 KiB more than may go at once, 600 come back per second");
}

#[tokio::test]
async fn nothing_goes_out_before_graph_said() {
    let (limits, mailbox) = (limits(10_000), MailboxId::new("a"));
    limits.hold(Some(&mailbox), Duration::from_millis(300));
    assert!(enters(&limits, &mailbox, Weight::single(0)).await.is_none());
    assert!(enters(&limits, &MailboxId::new("b"), Weight::single(0)).await.is_some());
    let start = Instant::now();
    assert!(limits.enter(Some(&mailbox), Weight::single(0), HELD).await.is_ok());
    assert!(start.elapsed() >= Duration::from_millis(200));
    limits.hold(Some(&mailbox), Duration::from_secs(3600));
    assert!(limits.enter(Some(&mailbox), Weight::single(0), HELD).await.is_err_and(|TooLong(left)| left > HELD));
}

#[tokio::test]
async fn the_apps_places_are_shared() {
    let limits = Limits::new(Pace { app_in_flight: NonZeroU32::MIN, ..Pace::default() });
    let first = enters(&limits, &MailboxId::new("a"), Weight::single(0)).await.unwrap();
    assert!(enters(&limits, &MailboxId::new("b"), Weight::single(0)).await.is_none());
    drop(first);
    assert!(enters(&limits, &MailboxId::new("b"), Weight::single(0)).await.is_some());
}

#[tokio::test]
async fn mailboxes_at_rest_are_forgotten_and_those_in_use_are_not() {
    let limits = limits(10_000);
    let pass = enters(&limits, &MailboxId::new("a"), Weight::single(0)).await;
    drop(enters(&limits, &MailboxId::new("b"), Weight::single(0)).await);
    limits.hold(Some(&MailboxId::new("c")), Duration::from_secs(60));
    limits.forget_idle();
    assert_eq!(limits.remembered(), 2);
    drop(pass);
    limits.forget_idle();
    assert_eq!(limits.remembered(), 1);
}

#[test]
fn no_window_can_exceed_the_limit() {
    let quota = quota(NonZeroU32::new(10_000).unwrap(), Duration::from_secs(600));
    let back = Duration::from_secs(600).as_nanos() / quota.replenish_interval().as_nanos();
    assert!(u128::from(quota.burst_size().get()) + back <= 10_000);
}
