"""Which jobs follow which event: the one page on which a lower room's news reaches an upper room.

An event is emitted by `core.outbox.emit` in the transaction that makes it true, and becomes one
outbox row for each
job named here, with the event's arguments.
"""

SUBSCRIPTIONS: dict[str, tuple[str, ...]] = {
    # args: annotator_id. Whatever decides what they may do changed: profile, state, credential,
    # qualification, tier, signature, list, team, pause.
    "accounts.annotator_changed": ("tasks.refresh_annotator",),
    # args: organization_id. A wall of the client was put up or lifted.
    "accounts.organization_changed": ("tasks.refresh_organization",),
    # args: exam_id. An exam that is paid was sat.
    "accounts.exam_recorded": ("payments.pay_exam",),
    # args: pot. Money arrived in a project's pot: projects short of funds may go on.
    "payments.pot_funded": ("tasks.resume_pot",),
    # args: organization_id. A dispute froze the client's money, or let go of it.
    "payments.client_freeze_changed": ("tasks.refresh_frozen",),
    # args: annotator_id. The capability to receive transfers was gained or lost.
    "payments.rail_changed": ("tasks.refresh_annotator",),
}
