"""What a test of a host looks like; the host here is a few lines of pyserial."""


def ask(port, command, wanted):
    port.write(command + b"\r")
    came = port.read_until(wanted)
    assert came.endswith(wanted), came


def connect(port):
    ask(port, b"ATE0", b"OK\r\n")
    ask(port, b"AT+QSCLK=0", b"OK\r\n")
    ask(port, b'AT+QMTOPEN=0,"broker.example",1883', b"+QMTOPEN: 0,0\r\n")
    ask(port, b'AT+QMTCONN=0,"meter-7"', b"+QMTCONN: 0,0,0\r\n")


def test_a_host_publishes(module):
    with module.serial() as port:
        connect(port)
        ask(port, b'AT+QMTPUB=0,1,1,0,"meter/7",4', b"> ")
        port.write(b"21.5")
        assert port.read_until(b"+QMTPUB: 0,1,0\r\n").endswith(b"+QMTPUB: 0,1,0\r\n")
    state = module.tell("state")
    assert state["links"][0]["state"] == "connected"
    assert state["codes"]["+QMTPUB 0"] == 1


def test_a_host_is_told_of_a_lost_link_and_of_a_restart(module):
    with module.serial() as port:
        connect(port)
        module.tell("fault", fault="drop_link:1")
        assert port.read_until(b"+QMTSTAT: 0,1\r\n").endswith(b"+QMTSTAT: 0,1\r\n")
        module.tell("reboot")
        assert port.read_until(b"RDY\r\n").endswith(b"RDY\r\n")


def test_a_refused_command_is_an_error(start_module):
    module = start_module("--fault", "error@command:2")
    with module.serial() as port:
        ask(port, b"ATE0", b"OK\r\n")
        ask(port, b"AT+QSCLK=0", b"\r\nERROR\r\n")
    assert module.tell("state")["faults"] == {"error": 1}
