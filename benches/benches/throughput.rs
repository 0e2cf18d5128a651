//! Times for people, of what `counts` and `sessions` count in instructions:
//! `cargo bench -p qmt-benches --features criterion`.
//!
//! Nothing is decided by them: times move with the machine, instructions do not.

use core::hint::black_box;
use core::time::Duration;

use at_syntax::Writer;
use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use qmt_benches::{
    Bare, Delivery, Encode, Module, Ours, Receiver, Script, SessionReceiver, Simulated, Talk,
    Workload, all_hex,
};
use qmt_proto::{Command, Qos, ResponseDialect};

/// Bytes of a stream per second, by what takes them apart and how they are delivered.
fn receive(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("receive");
    let loads: [(&str, Workload); 4] = [
        ("W1", Workload::w1(2000)),
        ("W2", Workload::w2(5000)),
        ("W3", Workload::w3(300)),
        ("W4 hex", Workload::w4(100)),
    ];
    for (name, load) in &loads {
        group.throughput(Throughput::Bytes(load.bytes.len() as u64));
        for delivery in Delivery::ALL {
            let pieces = delivery.cut(&load.bytes, &load.ends);
            let dialect = if load.hex {
                all_hex()
            } else {
                ResponseDialect::default()
            };
            let id = BenchmarkId::new(format!("{name} qmt-proto"), delivery.name());
            let mut ours = Ours::new(dialect);
            group.bench_function(id, |b| b.iter(|| pass(&mut ours, &pieces)));
            if load.hex {
                continue;
            }
            let id = BenchmarkId::new(format!("{name} qmt-session"), delivery.name());
            let (rx, tx) = (Vec::leak(vec![0; 4096]), Vec::leak(vec![0; 4096]));
            let mut session = SessionReceiver::new(rx, tx);
            group.bench_function(id, |b| b.iter(|| pass(&mut session, &pieces)));
        }
    }
    group.finish();
}

fn pass(receiver: &mut impl Receiver, pieces: &[&[u8]]) -> u64 {
    let mut sum = 0_u64;
    for piece in pieces {
        receiver.feed(piece, &mut |event| sum = sum.wrapping_add(event.touch()));
    }
    black_box(sum)
}

/// Bytes of command lines per second, from checked values.
fn encode(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("encode");
    for kind in Encode::ALL {
        let values = kind.commands(500);
        let bytes: usize = values.iter().map(|values| values.line.len()).sum();
        let commands = values.iter().filter_map(|values| values.command(kind));
        let commands: Vec<Command<'_>> = commands.collect();
        group.throughput(Throughput::Bytes(bytes as u64));
        group.bench_function(format!("{kind:?}"), |b| {
            b.iter(|| {
                let mut buf = [0; 2048];
                for command in &commands {
                    let mut out = Writer::new(&mut buf);
                    command.emit(&mut out);
                    black_box(out.finish_request().ok());
                }
            });
        });
    }
    group.finish();
}

/// Publishes per second: bare, through a session, the virtual module, everything.
fn publish(criterion: &mut Criterion) {
    const COUNT: u16 = 100;
    let mut group = criterion.benchmark_group("publish");
    group.throughput(Throughput::Elements(COUNT.into()));
    let script = Script::new(Qos::AtLeastOnce, COUNT);
    let topic = script.topic();
    let (mut bare, mut talk) = (Bare::new(), Talk::new());
    let (mut module, mut world) = (Module::new(), Simulated::new());
    group.bench_function("bare", |b| b.iter(|| bare.publish(&script, topic)));
    group.bench_function("session", |b| b.iter(|| talk.publish(&script, topic)));
    group.bench_function("module", |b| b.iter(|| module.publish(&script, topic)));
    group.bench_function("everything", |b| b.iter(|| world.publish(&script, topic)));
    group.finish();
}

criterion_group! {
    name = groups;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(20);
    targets = receive, encode, publish
}
criterion_main!(groups);
