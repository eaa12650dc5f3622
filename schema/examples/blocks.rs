//! What it costs to write and read the blocks of a whole company, in a folder of its own or in the schema of a server's database.
//!
//! `cargo run --release -p adressbote-schema --example blocks -- ADDRESS [FOLDERS [CONTACTS]]`

use std::error::Error;
use std::time::Instant;

use adressbote_rules::digest::Digest;
use adressbote_rules::key::UserKey;
use adressbote_schema::crm::Address;
use adressbote_schema::state::{Block, BlockDigest, BookKey, FolderKey, Made, MadeOf, MailboxId, RecordNumber, State};

/// Blocks that are read at once.
const PORTION: usize = 500;

/// A number that follows another as if by chance (SplitMix64).
fn next(seed: &mut u64) -> u64 {
    *seed = seed.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let mut number = *seed;
    number = (number ^ (number >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    number = (number ^ (number >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    number ^ (number >> 31)
}

/// Seconds of processor time that this process has used.
fn cpu_s() -> Result<f64, Box<dyn Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let ticks: u64 = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2).filter_map(|one| one.parse::<u64>().ok()).sum();
    Ok(ticks as f64 / 100.0)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut given = std::env::args().skip(1);
    let address: Address = given.next().ok_or("say where: an address, or the path of a file")?.parse()?;
    let folders: usize = given.next().map_or(Ok(10_000), |text| text.parse())?;
    let contacts: usize = given.next().map_or(Ok(2_000), |text| text.parse())?;
    let state = State::open(&address, chrono::Utc::now()).await?;
    let mut seed = 1;
    let mut block = || {
        let made = (0..contacts).map(|_| Made { record: RecordNumber(next(&mut seed)), of: MadeOf(next(&mut seed)) }).collect();
        let digest = Digest((u128::from(next(&mut seed)) << 64 | u128::from(next(&mut seed))).to_le_bytes());
        Block::new(BlockDigest { folder: digest, recipe: Digest([7; 16]) }, made)
    };
    let key = |number| FolderKey {
        user: UserKey::new(format!("{number}")),
        book: BookKey::new("customers"),
        mailbox: MailboxId::new(format!("{number:08}-0000-0000-0000-000000000000")),
    };
    let blocks: Vec<(FolderKey, Block)> = (0..folders).map(|number| (key(number), block())).collect();
    for what in ["write all", "write all again"] {
        let (begun, cpu) = (Instant::now(), cpu_s()?);
        state.put_blocks(blocks.iter().map(|(folder, block)| (folder, block))).await?;
        println!("{what}: {:.2} s, {:.2} s CPU", begun.elapsed().as_secs_f64(), cpu_s()? - cpu);
    }
    let (begun, cpu) = (Instant::now(), cpu_s()?);
    let digests = state.block_digests().await?;
    println!("{} digests: {:.3} s, {:.2} s CPU", digests.len(), begun.elapsed().as_secs_f64(), cpu_s()? - cpu);
    let (begun, cpu) = (Instant::now(), cpu_s()?);
    let folders: Vec<FolderKey> = digests.into_keys().collect();
    let mut count = 0;
    for portion in folders.chunks(PORTION) {
        count += state.blocks_of(portion).await?.values().map(|block| block.contacts().len()).sum::<usize>();
    }
    println!("{count} contacts in all blocks: {:.2} s, {:.2} s CPU", begun.elapsed().as_secs_f64(), cpu_s()? - cpu);
    Ok(())
}
