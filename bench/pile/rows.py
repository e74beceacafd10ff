"""The rows, as SQL. A column that is not named has the value of one row made in the usual way (see `filling`).

The first thousand requests are a sample of everything: each tab, filter and figure of the report finds at least fifty
of them, a full page. They lie in both sizes. All the others are the pile: a third of it is open (of these a tenth is
late and a tenth stopped; they came within five weeks), the rest ended within six years.
"""

from __future__ import annotations

# Among the first thousand every second person is a Smith and every sixteenth a John Smith, for a full page of each.
SUBJECTS = """
INSERT INTO subjects_subject (id, reference, source_key, full_name, email, second_email, phone, mobile,
                              job_title, portal_login, staff_note, created_at)
SELECT md5('person' || i)::uuid, 'Q-' || i, 'K' || lpad(i::text, 7, '0'),
       CASE WHEN i <= 1000 AND i %% 16 = 1 THEN 'john'
            ELSE (%(given)s)[1 + floor(power(random(), 2) * %(givens)s)] END || ' ' ||
       CASE WHEN i <= 1000 AND i %% 2 = 1 THEN 'smith'
            ELSE (%(family)s)[1 + floor(power(random(), 2) * %(families)s)] END,
       'person' || i || '@example.com', '', '+447' || lpad((i::bigint * 7919 %% 1000000000)::text, 9, '0'),
       '', '', '', '', now()
FROM generate_series(%(first)s, %(last)s) AS i;
"""

# What is answered is answered `took` days after it came; `confirmed` says how a complaint was confirmed.
SAMPLE = """
SELECT i, mixed, i %% 17 = 0 AS wrote, kind = 'once-paused' AS asked, kind = 'extended' AS extended,
    CASE WHEN kind IN ('new-complaint', 'late-complaint') THEN 'complaint'
         WHEN kind IN ('ready', 'silent', 'released', 'month-late') THEN 'access' ELSE usual END AS "right",
    CASE kind WHEN 'waiting' THEN 'verifying' WHEN 'collecting' THEN 'collecting' WHEN 'ready' THEN 'review'
              WHEN 'released' THEN 'released' WHEN 'withdrawn' THEN 'withdrawn' WHEN 'referred' THEN 'referred'
              WHEN 'refused' THEN 'refused' WHEN 'month-refused' THEN 'refused'
              ELSE CASE WHEN spot < 9 THEN 'triage' ELSE 'closed' END END AS state,
    kind = 'silent' AS stopped, kind = 'ready' AS reviewed,
    current_date - CASE kind WHEN 'silent' THEN 38 WHEN 'late' THEN 36 WHEN 'soon' THEN 26 WHEN 'month-late' THEN 430
                             WHEN 'month-in-time' THEN 415 WHEN 'month-refused' THEN 415
                             ELSE CASE WHEN spot < 9 THEN 5 + i %% 9 ELSE 60 + i %% 300 END END
                 + CASE WHEN kind LIKE 'month%%' THEN i / 20 %% 10 ELSE 0 END AS received,
    CASE WHEN spot < 8 OR kind IN ('withdrawn', 'unanswered') THEN NULL
         WHEN kind IN ('late-answer', 'month-late') THEN 33 ELSE 20 END AS took,
    CASE kind WHEN 'new-complaint' THEN 'no' WHEN 'late-complaint' THEN 'late' ELSE 'yes' END AS confirmed
FROM (
    SELECT *, (ARRAY['new', 'waiting', 'collecting', 'ready', 'silent', 'new-complaint', 'late', 'soon', 'released',
                     'month-late', 'month-in-time', 'month-refused', 'extended', 'once-paused', 'late-answer',
                     'withdrawn', 'unanswered', 'referred', 'refused', 'late-complaint'])[1 + spot] AS kind
    FROM (SELECT i, i %% 20 AS spot, {mixed} AS mixed, {usual} AS usual FROM generate_series(1, 1000) AS i) AS n
) AS kinds
"""
PILE = """
SELECT i, mixed, mixed / 378 %% 50 = 0 AS wrote, stopped OR i %% 25 = 1 AS asked, i %% 16 = 1 AS extended, "right",
    state, stopped, state = 'review' AND mixed %% 5 < 2 AS reviewed, received,
    CASE WHEN open OR state = 'withdrawn' OR i %% 40 = 2 THEN NULL ELSE 15 + mixed / 7 %% 20 END AS took,
    CASE WHEN open AND i %% 9 < 6 THEN 'no' WHEN i %% 16 = 2 THEN 'late' ELSE 'yes' END AS confirmed
FROM (
    SELECT i, mixed, "right", open, open AND i %% 30 = 3 AS stopped,
        CASE WHEN open THEN (ARRAY['triage','verifying','collecting','review','triage'])[1 + (i / 3) %% 5]
             WHEN i %% 20 = 1 THEN 'released'
             ELSE (ARRAY['closed','closed','closed','refused','referred','withdrawn'])[1 + i / 3 %% 6] END AS state,
        current_date - CASE WHEN open THEN i / 3 * 7 %% 40 ELSE (40 + i::bigint * 7919 %% 2100)::int END AS received
    FROM (SELECT i, i %% 3 = 0 AS open, {mixed} AS mixed, {usual} AS "right"
          FROM generate_series(%(first)s, %(last)s) AS i) AS numbers
) AS dated
"""
MIXED = "(i::bigint * 48271 %% 2147483647)::int"
RIGHTS = ("access", "access", "access", "rectification", "erasure", "restriction", "portability", "objection")
USUAL = f"(ARRAY{[*RIGHTS, 'complaint']})[1 + i::bigint * 48271 %% 2147483647 / 6 %% 9]"
SAMPLE, PILE = (each.replace("{mixed}", MIXED).replace("{usual}", USUAL) for each in (SAMPLE, PILE))

# What the requests say beside their rows, for the rows that are made after them.
NOTED = "CREATE TEMP TABLE noted AS SELECT *, md5('case' || i)::uuid AS id FROM ({rows}) AS made"
CASES = """
SELECT n.id, 'DP-' || substr(letters, 1, 4) || '-' || substr(letters, 5, 4) AS reference, "right", state,
    (ARRAY['portal','portal','portal','phone','letter','email'])[1 + mixed %% 6] AS channel,
    received AS received_on, received::timestamptz AS received_at,
    CASE WHEN NOT stopped THEN received END AS clock_start_on, CASE WHEN NOT stopped THEN received + 30 END AS due_on,
    CASE WHEN stopped THEN 'paused' ELSE 'running' END AS clock, CASE WHEN stopped THEN received + 2 END AS stopped_on,
    s.full_name AS requester_name, s.email AS requester_email, s.source_key AS customer_number,
    'Everything you have about me, please, and where you have it from.' AS words,
    s.id AS subject_id, 'code' AS proof, received::timestamptz AS verified_at,
    (%(staff)s)[1 + mixed / 54 %% 7] AS owner_id, CASE WHEN reviewed THEN now() END AS reviewed_at,
    received + took * interval '1 day' AS answered_at,
    CASE WHEN state IN ('closed', 'refused', 'referred', 'withdrawn')
         THEN received + coalesce(took, 15) * interval '1 day' END AS closed_at,
    CASE WHEN wrote THEN now() END AS customer_wrote_at
FROM (SELECT *, lpad(upper(to_hex(i::bigint * 2654435761 %% 4294967296)), 8, '0') AS letters FROM noted) AS n
JOIN subjects_subject AS s ON s.id = md5('person' || 1 + (i::bigint * 7919 %% %(people)s))::uuid
ORDER BY received  -- they lie in the table as they came: the open ones last
"""
PACKAGES = """
SELECT md5('package' || c.id)::uuid AS id, c.id AS case_id, c.subject_id, 900 AS rows_total, 400 AS rows_done,
    CASE c.state WHEN 'collecting' THEN 'running' WHEN 'closed' THEN 'destroyed' ELSE 'ready' END AS state,
    now() + interval '20 days' AS expires_at,
    CASE WHEN c.state = 'released' AND substr(c.id::text, 1, 1) = '0' THEN now() END AS locked_at
FROM requests_sar_case AS c JOIN noted USING (id) WHERE c.state IN ('collecting', 'review', 'released', 'closed')
"""
COMPLAINTS = """
SELECT {key} AS id, id AS case_id, received + 30 AS acknowledge_by,
    CASE confirmed WHEN 'yes' THEN received + interval '9 days' WHEN 'late' THEN received + interval '33 days'
    END AS acknowledged_at
FROM noted WHERE "right" = 'complaint'
"""
EXTENSIONS = "SELECT {key} AS id, id AS case_id FROM noted WHERE extended"
QUESTIONS = "SELECT {key} AS id, id AS case_id FROM noted WHERE asked"
