//! `--lang`: help, errors and explanations in Chinese.

use crate::support::{Module, Running, qmt};

#[tokio::test]
async fn help_errors_and_verdicts_are_chinese_where_that_is_asked_for() {
    let overview = qmt(&["--lang", "zh", "--help"]).await;
    overview.succeeded();
    let text = String::from_utf8(overview.stdout).unwrap();
    assert!(
        text.contains("用法：") && text.contains("检查线路、模组、网络和服务器"),
        "{text}"
    );
    let help = String::from_utf8(qmt(&["pub", "--lang=zh", "--help"]).await.stdout).unwrap();
    assert!(
        help.contains("选项:") && help.contains("服务器的名称或地址"),
        "{help}"
    );
    assert!(!help.contains("Broker, by name"), "{help}");

    let refused = qmt(&["--lang", "zh", "monitor", "-D", "sim"]).await;
    let (code, line) = refused.failed();
    assert_eq!(code, 64);
    assert_eq!(
        line,
        "qmt: 没有人能连到虚拟模组；用 --pty LINK 或 --listen ADDR 提供给主机"
    );

    let usage = qmt(&["--lang", "zh", "sub", "-D", "sim", "-t", "a", "--qos", "9"]).await;
    let text = usage.stderr;
    assert!(
        text.starts_with("错误：'--qos <QOS>' 的值 '9' 无效：9 不在 0..=2 之内\n"),
        "{text}"
    );
    let unreadable = qmt(&["--lang", "zh", "decode", "/nowhere"]).await;
    let (code, line) = unreadable.failed();
    assert_eq!(code, 66);
    assert_eq!(
        line,
        "qmt: 无法读取 /nowhere：没有这个文件或目录（os error 2）；检查路径"
    );

    let module = Module::start("language", &["--fault", "cme:10@command:28"]).await;
    let examined = module.qmt("doctor", &["--lang", "zh"]).await;
    let text = String::from_utf8(examined.stdout).unwrap();
    assert!(text.ends_with("结论：no_sim：没有 SIM 卡\n"), "{text}");
    module.end().await;
}

#[tokio::test]
async fn the_environment_chooses_the_language_and_explanations_follow() {
    let program = env!("CARGO_BIN_EXE_qmt");
    let environment = [("QMT_LANG", ""), ("LC_ALL", "zh_CN.UTF-8")];
    let mut decode = Running::start_with(program, &["decode"], &environment);
    decode.feed(b"+QMTOPEN: 0,4\r\n").await;
    let finished = decode.finish().await;
    let text = String::from_utf8(finished.stdout).unwrap();
    assert!(
        text.contains("链路 0：主机名解析失败") && text.contains("检查主机名，或改用地址"),
        "{text}"
    );
}
