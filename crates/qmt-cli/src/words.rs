//! What a line of the dialogue means, in a few words.

use qmt_proto::{
    Answer, Body, Command, Config, DataFormat, ErrorFormat, FinalResult, MqttVersion, Notice,
    PacketResult, Report, Response, Setting, SleepMode,
};

/// What a host asks.
pub(crate) fn command(command: &Command<'_>) -> String {
    match command {
        Command::Attention => "are you there?".into(),
        Command::Echo(false) => "do not echo commands".into(),
        Command::Echo(true) => "echo commands".into(),
        Command::Verbose(false) => "result codes as numbers".into(),
        Command::Verbose(true) => "result codes as words".into(),
        Command::Identify => "who are you?".into(),
        Command::ErrorFormat(ErrorFormat::Plain) => "report failures as ERROR".into(),
        Command::ErrorFormat(ErrorFormat::Numeric) => "report failures by number".into(),
        Command::ErrorFormat(ErrorFormat::Verbose) => "report failures in words".into(),
        Command::Sleep(SleepMode::Awake) => "stay awake".into(),
        Command::Sleep(SleepMode::Deep) => "deep sleep is allowed".into(),
        Command::Sleep(SleepMode::Light) => "light sleep is allowed".into(),
        Command::Config(Config::Query(link, option)) => {
            format!("link {link}: what is \"{}\"?", option.as_str())
        }
        Command::Config(Config::Set(link, value)) => format!("link {link}: {}", setting(value)),
        Command::Open(open) => format!("link {}: open the network", open.link),
        Command::Close(link) => format!("link {link}: close the network"),
        Command::Connect(connect) => format!("link {}: connect to the broker", connect.link),
        Command::Disconnect(link) => format!("link {link}: disconnect from the broker"),
        Command::Subscribe(subscribe) => {
            let topics = subscribe.topics.iter();
            let wanted: Vec<_> = topics
                .map(|topic| format!("QoS {}", topic.qos.level()))
                .collect();
            format!("link {}: subscribe, {}", subscribe.link, wanted.join(", "))
        }
        Command::Unsubscribe(unsubscribe) => format!("link {}: unsubscribe", unsubscribe.link),
        Command::Publish(publish) => {
            let body = match publish.body {
                Body::Prompt => "data follows, ended by Ctrl+Z".into(),
                Body::PromptCounted(len) => format!("{} bytes follow", len.get()),
                Body::Inline(_) => "data on the line".to_owned(),
            };
            let qos = publish.delivery.qos().level();
            format!("link {}: publish at QoS {qos}, {body}", publish.link)
        }
        Command::Read(name) => format!("how is {name} set?"),
        Command::Test(name) => format!("what does {name} take?"),
        Command::Execute(name) => format!("tell {name}"),
        Command::Attach(true) => "attach to the network".into(),
        Command::Attach(false) => "detach from the network".into(),
        Command::Restart => "restart".into(),
        _ => String::new(),
    }
}

fn setting(value: &Setting<'_>) -> String {
    let format = |format: &DataFormat| match format {
        DataFormat::Text => "text",
        DataFormat::Hex => "hex",
    };
    match value {
        Setting::Will(None) => "no will".into(),
        Setting::Will(Some(_)) => "a will".into(),
        Setting::Timeout(_) => "time-outs".into(),
        Setting::CleanSession(true) => "clean session".into(),
        Setting::CleanSession(false) => "kept session".into(),
        Setting::KeepAlive(time) => format!("keep-alive {} s", time.seconds()),
        Setting::AliAuth(_) => "device of Alibaba Cloud".into(),
        Setting::Version(MqttVersion::V3_1) => "MQTT 3.1".into(),
        Setting::Version(MqttVersion::V3_1_1) => "MQTT 3.1.1".into(),
        Setting::ShowRecvLen(true) => "messages come with their length".into(),
        Setting::ShowRecvLen(false) => "messages come without their length".into(),
        Setting::EchoMode(true) => "data is echoed".into(),
        Setting::EchoMode(false) => "data is not echoed".into(),
        Setting::DataFormat { send, recv } => {
            format!("send {}, receive {}", format(send), format(recv))
        }
    }
}

/// What a module says.
pub(crate) fn response(response: &Response<'_>) -> String {
    match response {
        Response::Final(FinalResult::Ok) => "taken".into(),
        Response::Final(FinalResult::Error) => "refused".into(),
        Response::Final(FinalResult::CmeError(code)) => {
            let words = code.description().unwrap_or("see TS 27.007 §9.2");
            format!("refused: {words}")
        }
        Response::Final(FinalResult::CmeText(_)) => "refused".into(),
        Response::Prompt => "waiting for data".into(),
        Response::Report(value) => report(value),
        Response::Malformed { error, .. } => format!("damaged: {error}"),
        Response::Violation(violation) => format!("damaged: {violation}"),
        _ => String::new(),
    }
}

fn report(report: &Report<'_>) -> String {
    let words = |words: Option<&'static str>| words.unwrap_or("unknown code");
    let packet = |result: &PacketResult| words(result.description());
    match report {
        Report::Opened { link, result } => format!("link {link}: {}", words(result.description())),
        Report::Closed { link, result } => format!("link {link}: {}", words(result.description())),
        Report::Disconnected { link, result } => {
            format!("link {link}: {}", words(result.description()))
        }
        Report::Connected { link, result, code } => match code {
            Some(code) => format!("link {link}: {}", words(code.description())),
            None => format!("link {link}: {}", packet(result)),
        },
        Report::Subscribed {
            link,
            result: PacketResult::DONE,
            values,
            ..
        } => {
            let granted: Vec<_> = values
                .iter()
                .map(|value| match value {
                    128 => "refused".to_owned(),
                    qos => format!("QoS {qos}"),
                })
                .collect();
            format!("link {link}: granted {}", granted.join(", "))
        }
        Report::Published {
            link,
            msg_id: 0,
            result: PacketResult::DONE,
            ..
        } => format!("link {link}: sent; QoS 0 is not acknowledged"),
        Report::Subscribed { link, result, .. }
        | Report::Unsubscribed { link, result, .. }
        | Report::Published { link, result, .. } => format!("link {link}: {}", packet(result)),
        Report::LinkLost { link, cause } => {
            format!("link {link}: lost, {}", words(cause.description()))
        }
        Report::Received(received) => format!(
            "link {}: a message of {} bytes",
            received.link,
            received.payload.len()
        ),
        Report::Answer(value) => answer(value),
        Report::Notice(value) => notice(value),
        _ => String::new(),
    }
}

fn answer(answer: &Answer<'_>) -> String {
    match answer {
        Answer::Setting(value) => setting(value),
        Answer::Client { link, .. } => format!("link {link} is open"),
        Answer::State { link, state } => {
            format!("link {link}: {}", state.description().unwrap_or("unknown"))
        }
        Answer::Test { .. } => "what it takes".into(),
        Answer::Attached(true) => "attached".into(),
        Answer::Attached(false) => "not attached".into(),
        Answer::Registration { status, .. } => status.description().unwrap_or("unknown").into(),
        _ => String::new(),
    }
}

fn notice(notice: &Notice<'_>) -> String {
    match notice {
        Notice::Ready => "the module has started".into(),
        Notice::Functionality(1) => "full functionality".into(),
        Notice::Sim(_) => "SIM card".into(),
        Notice::Address(_) => "the network is up".into(),
        Notice::Registration(status) => status.description().unwrap_or("unknown").into(),
        _ => String::new(),
    }
}
