"""What the example company holds about one customer, made from that customer's own seed.

Each person's records depend on nothing but the seed, the person and the day, so that a change to one customer
does not reshuffle the others. Rows are dictionaries with the field names of the import's column contract.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from examples import texts, words
from examples.people import SEED, Person, written

LONDON = ZoneInfo("Europe/London")
HUGE = 30_000  # records of the one person with very many
Row = dict[str, Any]
Book = dict[str, list[Row]]
CENT = Decimal("0.01")


def records_of(person: Person, today: dt.date) -> Book:
    """All records of one person, by kind, oldest first in each kind."""
    if "empty" in person.traits:
        return {}
    maker = _Maker(person, today)
    maker.addresses()
    maker.subscriptions()
    maker.orders()
    maker.invoices_for_services()
    maker.support()
    maker.letters()
    maker.texts_and_faxes()
    maker.remote_sessions()
    maker.recordings()
    maker.hard_cases()
    maker.web_visits()
    return maker.finished()


class _Maker:
    """Gathers the rows of one person."""

    def __init__(self, person: Person, today: dt.date) -> None:
        self.person, self.today = person, today
        self.rng = random.Random(f"{SEED}:{person.key}")
        self.book: Book = defaultdict(list)
        self.start = person.signed_up
        self.end = max(self.start, min(person.left or today, today - dt.timedelta(days=1)))
        self.years = max(0.1, (self.end - self.start).days / 365.25)
        self.first_name = person.name.split()[0]
        self.agents = self.rng.sample(words.AGENTS, 3)
        self.invoice_numbers: set[str] = set()
        self.ip = f"{self.rng.choice(words.NETWORKS)}{self.rng.randint(1, 254)}"

    # --- dates and counts ---

    def count(self, a_year: float, least: int = 0) -> int:
        """How many of something in the whole time, for something that happens so often in a year."""
        if "every-kind" in self.person.traits:
            least = max(least, 2)
        return max(least, int(a_year * self.years * self.person.activity + self.rng.random()))

    def day(self) -> dt.date:
        """A day of the relationship, mostly a weekday."""
        day = self.start + dt.timedelta(days=self.rng.randint(0, max(0, (self.end - self.start).days)))
        if day.weekday() >= 5 and self.rng.random() < 0.85:
            day = max(self.start, day - dt.timedelta(days=2))
        return day

    def moment(self, day: dt.date | None = None) -> dt.datetime:
        """A time in the office hours of `day` (or of any day)."""
        minutes = self.rng.randint(8 * 60, 18 * 60 - 1)
        return dt.datetime.combine(
            day or self.day(), dt.time(minutes // 60, minutes % 60, self.rng.randrange(60)), LONDON
        )

    def moments(self, count: int) -> list[dt.datetime]:
        """`count` such times, in order."""
        return sorted(self.moment() for _ in range(count))

    def add(self, kind: str, **row: Any) -> Row:
        """Keep one row; its number and owner are given when all are there (`finished`)."""
        self.book[kind].append(row)
        return row

    def finished(self) -> Book:
        """The rows in order of time, numbered."""
        done: Book = {}
        for kind, rows in self.book.items():
            if not rows:
                continue
            when = next((name for name in rows[0] if name in _ORDER), None)
            if when:
                rows.sort(key=lambda row: row[when])
            letter = kind[:2].upper() + kind[-1].upper()
            done[kind] = [
                {"source_key": f"{letter}-{self.person.key}-{n:05}", "customer": self.person.key, **row}
                for n, row in enumerate(rows, start=1)
            ]
        return done

    # --- what is bought ---

    def addresses(self) -> None:
        town, area, _ = self.person.town
        for number in range(1 + (self.rng.random() < 0.25)):
            street = self.rng.choice(words.STREETS)
            house = (
                f"Flat {self.rng.randint(1, 9)}, {self.rng.randint(1, 60)}"
                if self.rng.random() < 0.2
                else str(self.rng.randint(1, 180))
            )
            since = self.start if number == 0 else self.day()
            self.add(
                "addresses",
                use=("billing" if self.person.business else "home") if number == 0 else "installation",
                lines=f"{house} {street}",
                town=town,
                postcode=self.postcode(area),
                country="United Kingdom",
                since=dt.date(1899, 12, 31) if "old-date" in self.person.traits else since,
            )

    def postcode(self, area: str) -> str:
        """One that Royal Mail never gives out (see words.py)."""
        letters = self.rng.choice("CIKMOV") + self.rng.choice("CIKMOV")
        return f"{area}{self.rng.randint(1, 9)} {self.rng.randint(1, 9)}{letters}"

    def subscriptions(self) -> None:
        if not self.person.pays:
            return
        chosen = self.rng.sample(words.SERVICES, self.rng.choice((1, 1, 2, 3)) + self.person.business)
        for service, plans, per_licence in chosen:
            plan, price = self.rng.choice(plans)
            started = self.start if service == chosen[0][0] else self.day()
            ended = self.person.left
            if not ended and self.rng.random() < 0.15:
                ended = started + dt.timedelta(days=self.rng.randint(90, 1200))
                ended = ended if ended < self.today else None
            self.add(
                "subscriptions",
                started_on=started,
                service=service,
                plan=plan,
                ended_on=ended,
                price=Decimal(price),
                licences=self.rng.randint(3, 40) if per_licence and self.person.business else 1,
                status="ended" if ended else "active",
            )
            if service == "Broadband":
                self.disclose(1, started)
            if service == "Office 365":
                self.disclose(2, started)

    def disclose(self, which: int, day: dt.date) -> None:
        recipient, kind, what, why = words.DISCLOSURES[which]
        moment = self.moment(min(max(day, self.start), self.end))
        self.add("disclosures", at=moment, recipient=recipient, recipient_kind=kind, what=what, why=why)

    def orders(self) -> None:
        for _ in range(self.count(0.7)):
            hardware = self.rng.random() < 0.7
            item, price = self.rng.choice(words.HARDWARE if hardware else words.SOFTWARE)
            quantity = self.rng.choice((1, 1, 1, 2, 3, 6)) if self.person.business else 1
            day, net = self.day(), Decimal(price) * quantity
            delivered = day + dt.timedelta(days=self.rng.randint(1, 9)) if hardware else None
            cancelled = self.rng.random() < 0.06
            on_its_way = not cancelled and delivered is not None and delivered >= self.today
            self.add(
                "orders",
                ordered_on=day,
                number=f"SO-{day:%y%m%d}-{self.person.key[-4:]}",
                type="hardware" if hardware else "software",
                item=item,
                quantity=quantity,
                total=(net * Decimal("1.2")).quantize(CENT),
                status="cancelled" if cancelled else "open" if on_its_way else "delivered",
                delivered_on=None if cancelled or on_its_way else delivered,
            )
            if cancelled:
                continue
            self.invoice(day, net, f"{quantity} x {item}")
            if hardware and not on_its_way:
                self.disclose(0, day)

    # --- what is paid ---

    def invoices_for_services(self) -> None:
        """Every quarter in advance, for the services running on that day."""
        day = self.start
        while day <= self.end:
            running = [
                s
                for s in self.book["subscriptions"]
                if s["started_on"] <= day and not (s["ended_on"] and s["ended_on"] < day)
            ]
            if running:
                net = sum((s["price"] * s["licences"] * 3 for s in running), Decimal())
                names = ", ".join(f"{s['service']} {s['plan']}" for s in running)
                self.invoice(day, net, f"{names}, three months from {day:%-d %B %Y}")
            day += dt.timedelta(days=91)

    def invoice(self, day: dt.date, net: Decimal, what: str) -> None:
        number = f"{day:%y%m}-{self.person.key[-4:]}"
        while number in self.invoice_numbers:
            number += "B"
        self.invoice_numbers.add(number)
        vat = (net * Decimal("0.2")).quantize(CENT)
        paid = day + dt.timedelta(days=self.rng.choice((1, 3, 7, 14, 14, 21, 30, 45)))
        fate = self.rng.random()
        status = "credited" if fate < 0.02 else "paid" if paid < self.today else "unpaid"
        address = self.book["addresses"][0]
        self.add(
            "invoices",
            issued_on=day,
            account_number=self.person.account,
            number=number,
            due_on=day + dt.timedelta(days=30),
            paid_on=paid if status == "paid" else None,
            description=what,
            net=net.quantize(CENT),
            vat=vat,
            total=net.quantize(CENT) + vat,
            status=status,
            billed_name=self.person.account_name,
            billed_address=f"{address['lines']}, {address['town']}, {address['postcode']}",
        )
        if status == "paid":
            self.pay(number, paid, net.quantize(CENT) + vat)

    def pay(self, number: str, day: dt.date, total: Decimal) -> None:
        method = self.rng.choice(("DD", "DD", "BACS", "card"))
        reference = {"DD": "DD mandate 00", "BACS": "ref ", "card": "card ending "}[
            method
        ] + f"{self.rng.randint(0, 9999):04}"
        parts = [total] if self.rng.random() > 0.04 or total < 20 else [total - 10, Decimal(10)]
        for late, part in enumerate(parts):
            paid_on = min(day + dt.timedelta(days=late * 12), self.today)
            self.add(
                "payments",
                paid_on=paid_on,
                amount=part,
                method=method,
                reference=reference,
                invoice_number=number,
            )
        if self.rng.random() < 0.015:
            refund = min(day + dt.timedelta(days=20), self.today)
            self.add(
                "payments",
                paid_on=refund,
                amount=-(total / 10).quantize(CENT),
                method="BACS",
                reference="goodwill",
                invoice_number=number,
            )

    # --- what is said ---

    def support(self) -> None:
        for moment in self.moments(self.count(1.5, 1)):
            topic = self.rng.choice(texts.TOPICS)
            which = self.rng.randrange(len(topic.issues))
            given = texts.values(self.rng)
            issue, resolution = (
                texts.filled(topic.issues[which], given),
                texts.filled(topic.resolutions[which], given),
            )
            note = texts.filled(self.rng.choice(texts.NOTES), given) if self.rng.random() < 0.2 else ""
            still_open = (self.today - moment.date()).days < 12 and self.rng.random() < 0.5
            self.call(moment, issue, "" if still_open else resolution, note=note, minutes=topic.minutes)
            if self.rng.random() < 0.55:
                self.thread(moment, topic.subject, issue, resolution)

    def call(
        self,
        moment: dt.datetime,
        issue: str,
        resolution: str,
        *,
        note: str = "",
        minutes: tuple[int, int] = (5, 30),
    ) -> None:
        charged = self.rng.random() < 0.22
        self.add(
            "support-calls",
            started_at=moment,
            channel=self.rng.choice(("phone", "phone", "phone", "e-mail", "remote help", "visit")),
            issue=issue,
            duration_s=self.rng.randint(*minutes) * 60 + self.rng.randrange(60),
            resolution=resolution,
            status="open" if not resolution else "escalated" if self.rng.random() < 0.07 else "resolved",
            agent=self.rng.choice(self.agents),
            staff_note=note,
            charge=Decimal(self.rng.choice(("25.00", "40.00", "65.00", "95.00"))) if charged else None,
        )

    def thread(self, moment: dt.datetime, subject: str, issue: str, resolution: str) -> None:
        """A question by e-mail, our answer, and perhaps a word of thanks."""
        agent = self.rng.choice(self.agents)
        self.email(
            moment,
            "inbound",
            subject,
            f"Hello,\n\n{issue}\n\nCould somebody have a look please?\n\nKind regards\n{self.person.name}",
        )
        answered = self.in_office(self.after(moment, 1, 26))
        self.email(answered, "outbound", f"Re: {subject}", _answer(self.first_name, resolution, agent))
        if self.rng.random() < 0.4:
            self.email(
                self.after(answered, 1, 20),
                "inbound",
                f"Re: {subject}",
                f"{self.rng.choice(texts.THANKS)}\n\n{self.first_name}",
            )

    def in_office(self, moment: dt.datetime) -> dt.datetime:
        """The same time; if nobody is in the office then, the morning after, unless that is not over yet."""
        if 8 <= moment.hour < 18:
            return moment
        morning = moment.replace(hour=9) + dt.timedelta(days=moment.hour >= 18)
        return morning if morning.date() < self.today else moment

    def after(self, moment: dt.datetime, least: int, most: int) -> dt.datetime:
        """Some hours later, but not after yesterday."""
        later = moment + dt.timedelta(hours=self.rng.randint(least, most), minutes=self.rng.randrange(60))
        return min(later, dt.datetime.combine(self.today - dt.timedelta(days=1), dt.time(23, 59), LONDON))

    def email(self, moment: dt.datetime, direction: str, subject: str, body: str) -> None:
        ours = f"{_OFFICE} <support@dataproductions.example>"
        theirs = f"{self.person.name} <{self.person.email}>" if self.rng.random() < 0.5 else self.person.email
        sender, to = (theirs, ours) if direction == "inbound" else (ours, theirs)
        if self.rng.random() < 0.08 and self.person.business:
            to += f", {self.rng.choice(('office', 'accounts', 'priya'))}@{self.person.email.split('@')[1]}"
        self.add(
            "emails",
            sent_at=moment,
            direction=direction,
            sender=sender,
            recipients=to,
            subject_line=subject,
            body=body,
        )

    def letters(self) -> None:
        """E-mails without a question: invoices and notices."""
        for moment in self.moments(self.count(0.5)):
            if self.rng.random() < 0.6:
                subject, body = "Your invoice", texts.INVOICE
            else:
                subject, body = "Planned maintenance", texts.filled(texts.MAINTENANCE, texts.values(self.rng))
            self.email(
                moment, "outbound", subject, _answer(self.first_name, body, self.rng.choice(self.agents))
            )

    def texts_and_faxes(self) -> None:
        every = "every-kind" in self.person.traits
        for number, moment in enumerate(self.moments(self.count(1.0, 3 if every else 0))):
            given = texts.values(self.rng)
            fax = self.rng.random() < 0.04 or (every and number == 0)
            inbound = fax or self.rng.random() < 0.4
            lines = texts.FAXES if fax else texts.TEXTS_IN if inbound else texts.TEXTS_OUT
            phone = self.person.mobile or self.person.phone
            self.add(
                "texts-and-faxes",
                sent_at=moment,
                type="fax" if fax else "text",
                direction="inbound" if inbound else "outbound",
                number="020 7946 0999" if fax else phone,
                body=texts.filled(self.rng.choice(lines), given),
                pages=self.rng.randint(1, 4) if fax else None,
            )

    def remote_sessions(self) -> None:
        for moment in self.moments(self.count(0.5)):
            self.add(
                "remote-sessions",
                started_at=moment,
                duration_s=self.rng.randint(180, 5400),
                ip=self.address(),
                computer=f"{self.rng.choice(words.COMPUTERS)}-{self.rng.randint(1, 9):02}",
                agent=self.rng.choice(self.agents),
                purpose=self.rng.choice(texts.PURPOSES),
            )

    def address(self) -> str:
        """The person's usual IP address, sometimes another."""
        return (
            self.ip
            if self.rng.random() < 0.8
            else f"{self.rng.choice(words.NETWORKS)}{self.rng.randint(1, 254)}"
        )

    def recordings(self) -> None:
        for number, moment in enumerate(self.moments(self.person.recordings), start=1):
            self.add(
                "call-recordings",
                recorded_at=moment,
                duration_s=self.rng.randint(3, 9),
                direction=self.rng.choice(("inbound", "inbound", "outbound")),
                number=written(self.person.mobile or "0117 496 0100", self.rng)
                if self.person.mobile.startswith("07700 ")
                else self.person.mobile,
                agent=self.rng.choice(self.agents),
                file=f"call-{self.person.key}-{number}.wav",
                media_type="audio/wav",
            )

    def web_visits(self) -> None:
        """Visits, in sittings. They come last: one person's fill up to `HUGE` records."""
        wanted = self.count(2.6)
        if "huge" in self.person.traits:
            wanted = HUGE - sum(len(rows) for rows in self.book.values())
        made = 0
        days = max(1, (self.end - self.start).days)
        while made < wanted:
            day = self.start + dt.timedelta(days=self.rng.randrange(days))
            moment = dt.datetime.combine(
                day, dt.time(self.rng.randint(6, 22), self.rng.randrange(60), self.rng.randrange(60)), LONDON
            )
            service, actions = self.rng.choice(words.WEB)
            ip, browser = self.address(), self.rng.choice(words.BROWSERS)
            for action in self.rng.sample(actions, min(wanted - made, self.rng.randint(1, len(actions)))):
                self.add("web-visits", at=moment, ip=ip, service=service, action=action, browser=browser)
                moment += dt.timedelta(seconds=self.rng.randint(4, 400))
                made += 1

    # --- what makes software stumble ---

    def hard_cases(self) -> None:
        if "every-kind" in self.person.traits:
            self.disclose(5, self.day())
        if "alice" in self.person.traits:
            for issue, resolution, note in texts.ALICE:
                self.call(self.moment(), issue, resolution, note=note)
        if "markup" in self.person.traits:
            for issue, resolution in texts.MARKUP:
                self.call(self.moment(), issue, resolution)
            self.email(
                self.moment(),
                "inbound",
                "=1+1 <b>urgent</b>",
                "<html><body onload=alert(1)>\n<p>Formatted &amp; pasted</p>\n@SUM(A1:A9)\n</body></html>",
            )
        if "long-email" in self.person.traits:
            self.email(self.moment(), "inbound", "Log of the router, as you asked", _router_log(40_000))
        if "control" in self.person.traits:
            self.call(
                self.moment(),
                "Pasted from a terminal: \x1b[31merror\x1b[0m\x07 and a vertical\x0btab.",
                "Asked for a screenshot instead.",
            )


_OFFICE = "Data Productions support"
_ORDER = ("started_at", "sent_at", "recorded_at", "at", "issued_on", "paid_on", "ordered_on", "started_on")


def _answer(first_name: str, words_: str, agent: str) -> str:
    return (
        f"Dear {first_name},\n\nThank you for getting in touch.\n\n{words_}\n\n"
        f"Kind regards\n{agent}\n{_OFFICE}\n0330 223 2624"
    )


def _router_log(length: int) -> str:
    """A pasted log, exactly `length` characters long: longer than a spreadsheet cell can hold (32,767)."""
    lines, size, number = ["Hello, here is the log you asked for."], 37, 0
    while size < length:
        number += 1
        state, noise = "up" if number % 2 else "down", f"{20 + number % 9}.{number % 10} dB"
        line = f"{number:05} PPP link {state}, 192.0.2.{number % 254 + 1}, attenuation {noise}"
        lines.append(line)
        size += len(line) + 1
    return "\n".join(lines)[:length]
