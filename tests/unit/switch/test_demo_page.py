"""The page of the demo: what it tells of messages, and pictures that stand alone."""

from datetime import UTC, datetime, timedelta

from lxml import etree

from schemas.canonical.money import Money
from switch.demo.day.figures import Figures, Flow
from switch.demo.day.matrix import matrix
from switch.demo.page.amounts import short, shown
from switch.demo.page.chart import chart
from switch.demo.page.code import pretty
from switch.demo.page.diagram import diagram, lanes_of
from switch.demo.page.page import Check, Writer, checks, table
from switch.demo.page.wire import Tone, spoken, translations
from switch.sandbox.tape import Said, Tape

NOW = datetime(2026, 11, 20, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"
REPORT = b"""<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pacs.002.001.10"><FIToFIPmtStsRpt><TxInfAndSts>
<TxSts>RJCT</TxSts><StsRsnInf><Rsn><Cd>AC04</Cd></Rsn></StsRsnInf></TxInfAndSts></FIToFIPmtStsRpt></Document>"""
TRANSFER = b'{"transferState":"COMMITTED","completedTimestamp":"2026-11-20T14:00:00.000Z"}'
ERROR = b'{"errorInformation":{"errorCode":"5104","errorDescription":"no"}}'


def said(who: str, outward: bool, path: str, body: bytes, ms: int = 0, status: int = 202) -> Said:
    return Said(NOW + timedelta(milliseconds=ms), who, outward, "PUT", path, body, status)


def test_xml_is_called_by_its_definition_and_its_verdict():
    told = spoken(said("blue<bank", True, "/iso20022/messages", REPORT))

    assert (told.title, told.says, told.tone) == ("pacs.002.001.10", "RJCT AC04", Tone.BAD)
    assert (told.source, told.target) == ("blue<bank", "")


def xml(name: str, inner: str) -> bytes:
    return f'<Document xmlns="urn:iso:std:iso:20022:tech:xsd:{name}"><X>{inner}</X></Document>'.encode()


ENTRY = '<Ntry><NtryRef>4</NtryRef><Amt Ccy="USD">{}</Amt><CdtDbtInd>{}</CdtDbtInd></Ntry>'
BALANCE = '<Bal><Tp><CdOrPrtry><Cd>{}</Cd></CdOrPrtry></Tp><Amt Ccy="KES">{}</Amt><CdtDbtInd>{}</CdtDbtInd></Bal>'


def test_figures_are_those_a_message_is_about():
    status = '<TxInfAndSts><TxSts>ACSC</TxSts><ChrgsInf><Amt Ccy="USD">0.50</Amt></ChrgsInf></TxInfAndSts>'
    day = BALANCE.format("OPBD", "0.00", "CRDT") + BALANCE.format("CLBD", "7.50", "DBIT")
    told = {
        xml("pacs.002.001.10", status): "ACSC",
        xml("pacs.029.001.02", '<NbOfMvmntRcrds>6</NbOfMvmntRcrds><Amt Ccy="USD">740.00</Amt>'): "6 movements",
        xml("camt.054.001.08", ENTRY.format("740.00", "DBIT")): "-740 USD",
        xml("camt.054.001.08", ENTRY.format("70.00", "CRDT")): "+70 USD",
        xml("camt.053.001.08", day + ENTRY.format("7.50", "DBIT")): "balance -7.5 KES",
        xml("camt.053.001.08", BALANCE.format("CLBD", "0.00", "DBIT")): "balance 0 KES",
    }
    assert {body: spoken(said("a", False, "/in", body)).says for body in told} == told


def test_json_is_called_by_its_path_and_state():
    told = spoken(said("pink", False, "/transfers/T", TRANSFER))

    assert (told.title, told.says, told.tone) == ("PUT /transfers/{ID}", "COMMITTED", Tone.FSPIOP)
    assert (told.source, told.target) == ("", "pink")


def test_what_the_hub_refuses_is_bad_news():
    assert spoken(said("pink", True, "/transfers/T", TRANSFER, status=400)).says == "COMMITTED HTTP 400"
    assert spoken(said("pink", True, "/transfers/T/error", ERROR)).tone is Tone.BAD


def test_a_message_has_its_translations_beside_it():
    titles = [title for title, _ in translations(said("pink", False, "/transfers/T", TRANSFER))]

    assert any("ISO" in title for title in titles)
    assert translations(said("pink", False, "/x", b"")) == []


def test_a_diagram_has_a_life_for_each_party_and_an_arrow_for_each_message():
    told = [
        spoken(said("blue<bank", True, "/iso20022/messages", REPORT)),
        spoken(said("pink", False, "/transfers/T", TRANSFER, 12)),
    ]

    drawn = etree.fromstring(diagram(told, ["m1", "m2"], "Hub & Co"))

    assert lanes_of(told) == ["blue<bank", "", "pink"]
    assert [link.get("href") for link in drawn.iter(f"{SVG}a")] == ["#m1", "#m2"]
    texts = [text.text for text in drawn.iter(f"{SVG}text")]
    assert {"blue<bank", "Hub & Co", "pink", "12 ms", "1", "2"} <= set(texts)


def test_a_chart_draws_each_position_on_one_scale():
    drawn = etree.fromstring(chart({"a": [(0, 0), (10, 1_000_000)], "b": [(0, 0), (10, -1_005_000)], "c": []}, "USD"))

    assert len([*drawn.iter(f"{SVG}path")]) == 3
    texts = {text.text for text in drawn.iter(f"{SVG}text")}
    assert {"a 100", "b -100.5", "c", "-100", "100", "0"} <= texts


def test_a_chart_says_where_chapters_begin_and_numbers_those_that_have_room():
    drawn = etree.fromstring(chart({"a": [(0, 0), (1000, 40_000)]}, "USD", (0, 500, 501, 1000)))

    numbers = [text.text for text in drawn.iter(f"{SVG}text") if text.get("text-anchor") == "middle"]
    assert numbers == ["1", "2", "4"]
    assert len([line for line in drawn.iter(f"{SVG}line") if line.get("stroke-dasharray")]) == 4


def test_amounts_are_exact_and_grouped():
    assert [shown(Money(units, "KES")) for units in (-123_456_700, 5_000, 10_000_001)] == [
        "-12,345.67", "0.50", "1,000.0001",
    ]  # fmt: skip
    assert (short(-12_835_5000), short(0)) == ("-12,835.5", "0")


def test_the_matrix_is_of_what_is_owed_whoever_was_paid():
    def flow(debtor: str, creditor: str, whole: int) -> Flow:
        return Flow(debtor, creditor, Money(whole * 10_000, "USD"), 1)

    figures = Figures((flow("a", "b", 30), flow("b", "c", 10), flow("c", "a", 5)))
    assert figures.nets("USD") == {"a": 250_000, "b": -200_000, "c": -50_000}
    drawn = etree.HTML(matrix(figures, "USD", {"a": -250_000, "b": 200_000, "c": 50_000}))
    rows = [["".join(cell.itertext()) for cell in row] for row in drawn.iter("tr")]
    assert rows == [
        ["owes", "a", "b", "c", "in all", "net", "booked"],
        ["a", "", "30.00", "", "30.00", "25.00", "-25.00"],
        ["b", "", "", "10.00", "10.00", "-20.00", "20.00"],
        ["c", "5.00", "", "", "5.00", "-5.00", "5.00"],
        ["in all", "5.00", "30.00", "10.00", "45.00", "0.00", "0.00"],
    ]
    assert matrix(figures, "KES", {}) == ""


def test_bodies_are_indented_and_nothing_in_them_is_markup():
    assert "<b>TxSts</b>" in pretty(REPORT)
    assert pretty(b'{"a":"<script>"}') == "{\n  <b>&quot;a&quot;</b>: &quot;&lt;script&gt;&quot;\n}"
    assert pretty(b"<broken") == "&lt;broken"


def test_the_page_is_well_formed_and_its_links_lead_somewhere():
    page = Writer("Hub")
    page.flow("A & B", [spoken(said("pink", True, "/transfers/T", TRANSFER))], checks([Check("x < y", holds=False)]))
    page.add("Books", table(("a", "b"), [("<1>", "2")], numbers=(1,)))

    html = page.html("Title", "lead", [("of them", "1 of 1")])
    tree = etree.HTML(html)

    ids = {element.get("id") for element in tree.iter() if element.get("id")}
    assert {link.get("href").removeprefix("#") for link in tree.iter("a")} <= ids
    assert "&lt;1&gt;" in html
    assert "http://" not in html.replace("http://www.w3.org/2000/svg", "")
    moved = [each for each in tree.iter("div") if each.get("class") in {"scroll", "wide"}]
    assert moved and all(each.get("tabindex") == "0" and each.get("aria-label") for each in moved), "keys move them"


def test_a_tape_keeps_order_and_answers():
    tape = Tape()
    place = tape.sending("a", "POST", "/x", b"1")
    tape.came("b", "PUT", "/y", b"2", 200)
    tape.answered(place, 202)

    assert [(one.counterparty, one.outward, one.status) for one in tape.said] == [("a", True, 202), ("b", False, 200)]
