//! The same random appends into an adapter and into the reference leave the same log.

use crate::Place;
use crate::given::{AT, LOG, With, append, stream};
use crate::reading::ends;
use docket_store::{Append, Expected, KeyChange, Log, MemoryLog, StreamId};

const STREAMS: u64 = 12;

/// Chance with a seed: SplitMix64.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}

/// An append that is sometimes right, sometimes a conflict, a repeat or a bug.
async fn random(chance: &mut Chance, reference: &MemoryLog) -> Append {
    let number = chance.below(150);
    let mut given = append(number).at(AT + chance.below(1_000) as i64);
    let first = chance.below(STREAMS);
    for offset in 0..chance.below(4) {
        // One step in fifty repeats the stream before it, which is invalid.
        let id = (first + if chance.below(50) == 0 { 0 } else { offset }) % STREAMS;
        let version = reference
            .versions(&[stream(id)])
            .await
            .expect("memory never fails")[0];
        let expected = match chance.below(8) {
            0 => Expected::Absent,
            1 => Expected::Exact(chance.below(5)),
            2 => Expected::Any,
            _ => Expected::Exact(version),
        };
        given = given.on(id, expected, chance.below(4));
        if chance.below(6) == 0 {
            given = given.document(id, &chance.below(9).to_be_bytes());
        }
        match chance.below(12) {
            0 => given.keys.push(KeyChange::Create {
                stream: stream(id),
                wrapped: chance.below(99).to_be_bytes().to_vec(),
            }),
            1 => given.keys.push(KeyChange::Destroy { stream: stream(id) }),
            _ => {}
        }
    }
    given
}

/// Twenty seeds of two hundred appends, compared answer by answer and byte by byte.
pub async fn random_appends_leave_the_log_of_the_reference(place: &dyn Place) {
    let log = place.open().await;
    let reference = MemoryLog::new(LOG);
    for seed in 0..20 {
        let mut chance = Chance(seed);
        for step in 0..200 {
            let given = random(&mut chance, &reference).await;
            let expected = reference.append(given.clone()).await;
            assert_eq!(
                log.append(given.clone()).await,
                expected,
                "seed {seed}, step {step}: {given:?}"
            );
        }
        same(&*log, &reference, seed).await;
    }
    assert!(
        reference.head().await.expect("memory never fails").position > 200,
        "hardly anything was accepted"
    );
}

async fn same(log: &dyn Log, reference: &dyn Log, seed: u64) {
    let seen = log.read_all(0, usize::MAX).await.expect("the log is read");
    let expected = reference
        .read_all(0, usize::MAX)
        .await
        .expect("memory never fails");
    assert_eq!(seen, expected, "seed {seed}");
    let streams: Vec<StreamId> = (0..STREAMS).map(stream).collect();
    let keys = log.keys(&streams).await.expect("the keys are read");
    assert_eq!(
        keys,
        reference.keys(&streams).await.expect("memory never fails"),
        "seed {seed}"
    );
    let versions = log.versions(&streams).await.expect("the versions are read");
    assert_eq!(
        versions,
        reference
            .versions(&streams)
            .await
            .expect("memory never fails"),
        "seed {seed}"
    );
    assert_eq!(
        ends(log, "case", 5).await,
        ends(reference, "case", 5).await,
        "seed {seed}"
    );
    for number in 0..9_u64 {
        let hash = docket_store::sha256(&number.to_be_bytes());
        let document = log.document(&hash).await.expect("the document is read");
        assert_eq!(
            document,
            reference.document(&hash).await.expect("memory never fails"),
            "seed {seed}"
        );
    }
}
