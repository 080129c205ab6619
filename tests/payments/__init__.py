"""Money.

Thirty-six failures that have cost others money, and the tests that show what becomes of them here.
Each of these tests names its number (`Scenario 7`); the controls of races stand beside them.

1. The connection is cut after Stripe made the transfer: one transfer, one entry:
   `test_payouts.test_one_fault_then_paid_exactly_once`.
2. Stripe works and its answer never comes: one transfer:
   `test_payouts.test_an_answer_that_comes_too_late`.
3. The connection is cut before Stripe had it: paid once, later:
   `test_payouts.test_one_fault_then_paid_exactly_once`.
4. The worker is killed between the reply and the commit:
   `test_crashes.test_a_payout_whose_worker_is_killed_at_any_point_is_made_once`.
5. 500 after the commit, and the key repeats the 500:
   `test_payout_workers.test_a_500_that_is_replayed_is_settled_by_the_next_look`,
   `test_payouts.test_a_replayed_500_is_settled_by_looking`.
6. 409, another request is in flight: two workers, one row:
   `test_payout_workers.test_two_workers_on_one_row_make_one_transfer`,
   `test_payouts.test_one_fault_then_paid_exactly_once`.
7. 429 on a row with an earlier try that may have worked: nothing is released:
   `test_payouts.test_a_later_refusal_to_talk_releases_nothing`.
8. 401 or 403 in the middle of a batch: the key was rotated:
   `test_payout_workers.test_a_key_that_goes_in_the_middle_of_a_batch_loses_nothing`,
   `test_payouts.test_a_rotated_key_stops_the_batch_and_loses_nothing`.
9. The key is older than 24 hours and a transfer exists: recorded, not sent again:
   `test_payouts.test_a_key_of_yesterday`.
10. The key is older than 24 hours and none exists: sent once:
   `test_payouts.test_a_key_of_yesterday`.
11. `balance_insufficient` is kept under the key: the next key, once funds have settled:
   `test_payouts.test_a_short_balance_waits_and_uses_a_new_key`.
12. The account may not be paid any more, between payable and sent:
   `test_payouts.test_a_lost_capability_fails_it_and_the_money_is_payable_again`,
   `test_payouts.test_a_capability_lost_after_an_unanswered_try_is_looked_into_first`.
13. The destination is closed or changed in flight: the row keeps what it says:
   `test_payouts.test_a_changed_account_does_not_change_a_payout`,
   `test_payouts.test_who_leaves_while_a_try_is_unanswered`.
14. The same key with other parameters: frozen, and a person is told:
   `test_payouts.test_a_misused_key_freezes_it`.
15. Two payout runs at once for one annotator: one payout:
   `test_runs.test_two_workers_on_one_run_begin_each_payout_once`,
   `test_runs.test_a_run_and_the_annotators_own_request_at_once_make_one_payout`.
16. A payout is asked for twice by a double click:
   `test_payout_start.test_a_double_click_on_the_page_begins_one_payout`,
   `test_payout_start.test_a_payout_asked_for_four_times_at_once_is_begun_once`.
17. Claims race for the last funds: as many win as can be paid:
   `concurrency.test_claims.test_money_for_two_is_claimed_twice_and_the_rest_is_told_why`,
   `test_reserve_race.test_exactly_as_many_claims_win_as_the_funds_can_pay`.
18. Accepted twice, accepted and rejected at once: one entry:
   `concurrency.test_ends.test_a_verdict_racing_the_clock_leaves_one_end`,
   `concurrency.test_verdicts.test_an_answer_accepted_four_times_at_once_is_paid_once`,
   `concurrency.test_verdicts.test_accepting_and_rejecting_at_once_have_one_end_and_one_entry`,
   `test_reserve_race.test_accepting_and_giving_back_at_once_have_one_outcome`.
19. A claim expires while it is accepted:
   `concurrency.test_expiry_of_pay.test_a_claim_that_expires_while_it_is_accepted_is_paid_or_given_back`.
20. One webhook five times at once: one effect:
   `test_webhooks.test_one_event_five_times_at_once_has_one_effect`,
   `test_webhooks.test_five_copies_and_five_workers_at_once_book_a_deposit_once`.
21. Any order of a payout's or a charge's events ends in the same state:
   `test_deposit_events.test_any_order_of_events_ends_in_the_same_state`,
   `test_event_orders.test_any_order_of_a_payouts_events_ends_the_same`,
   `test_event_orders.test_any_order_of_a_charges_events_ends_the_same`,
   `test_webhooks.test_any_order_of_a_payments_events_ends_the_same`.
22. Webhooks that are forged, stale, future-dated, of another secret, account or mode:
   `test_bad_asks.test_a_webhook_that_is_not_stripes_is_refused_at_both_doors`,
   `test_bad_asks.test_a_webhook_of_a_stranger_s_account_is_ignored`,
   `test_webhooks.test_what_happens_inside_a_connected_account_moves_nothing_of_ours`,
   `test_webhooks.test_what_is_not_stripes_is_refused_and_nothing_is_stored`.
23. A webhook is lost: it is found in Stripe's list:
   `test_bank_transfers.test_a_lost_webhook_of_a_transfer_is_made_good`,
   `test_comparisons.test_an_event_that_never_came_is_taken_in_and_applied`.
24. A webhook arrives before our commit:
   `test_payout_workers.test_a_webhook_that_is_applied_between_stripes_commit_and_ours`,
   `test_payouts.test_a_webhook_that_is_faster_than_our_commit`.
25. A handler dies midway: tried again, no half effect; a poison event is parked:
   `test_crashes.test_an_event_whose_worker_is_killed_at_any_point_is_applied_once`,
   `test_webhooks.test_an_event_whose_object_is_gone_is_tried_eight_times_and_parked`.
26. `payout.paid`, then `payout.failed`; an unknown type is stored, ignored, answered with 200:
   `test_bank_payouts.test_a_payout_to_the_bank_that_was_paid_and_then_fails`,
   `test_webhooks.test_a_type_that_nobody_handles_is_stored_and_ignored`.
27. Transfers reversed in part, whole, and from an empty account: a debt that later pay settles:
   `test_reversals.test_a_debt_is_taken_from_the_account_at_stripe`,
   `test_reversals.test_an_empty_destination_leaves_a_debt_that_later_work_settles`,
   `test_reversals.test_a_reversal_by_hand_is_booked_once_and_waits_for_a_person`.
28. Pay taken back while pending, payable, in transit and sent:
   `test_clawbacks.test_pending_money_is_taken_in_parts_and_the_fee_in_proportion`,
   `test_clawbacks.test_payable_money_is_taken_and_the_rest_is_paid`,
   `test_clawbacks.test_money_in_a_payout_is_taken_once_the_payout_was_sent`,
   `test_clawbacks.test_money_in_a_payout_that_failed_is_taken_as_payable`,
   `test_clawbacks.test_money_that_was_paid_is_owed_and_the_client_has_it_at_once`.
29. A refund above the free funds is refused; a refund races a claim:
   `test_refunds.test_more_than_is_free_is_refused`,
   `test_refunds.test_a_refund_races_a_claim_for_the_last_money`.
30. A dispute after the funds were earned and paid: frozen, a loss, and restored when won:
   `test_disputes.test_a_dispute_takes_what_is_free_then_the_platform_bears_it_and_a_win_restores`,
   `test_disputes.test_a_dispute_after_the_work_was_paid_is_the_platforms_loss_until_it_is_won`.
31. Deposits: a debit that fails days later, a part of an invoice, and too much:
   `test_bank_transfers.test_a_part_is_shown_and_booked_with_the_rest`,
   `test_bank_transfers.test_what_was_sent_too_much_is_the_clients_too`,
   `test_deposit_events.test_a_debit_that_fails_days_after_the_page_was_completed`.
32. Currencies without decimals, minimums, those not taken; fees and splits sum for all amounts:
   `test_bad_amounts.test_a_currency_that_we_do_not_take_is_refused_with_those_that_we_do`,
   `test_bank_transfers.test_each_currency_is_billed_its_own_way`,
   `test_deposits_page.test_amounts_as_people_write_them`,
   `test_payout_start.test_each_currency_has_its_minimum_and_says_what_is_missing`,
   `test_payout_start.test_whole_earnings_can_be_paid_in_every_currency_that_we_take`,
   `test_properties.test_the_fee_is_the_floor_of_its_share`,
   `test_properties.test_a_split_sums_to_the_whole_and_is_fair_to_a_unit`,
   `test_properties.test_each_unit_of_a_promise_goes_to_one_of_three`.
33. Raw SQL that updates, deletes or unbalances is refused by PostgreSQL:
   `test_guards.test_postgresql_refuses`.
34. After a random week clearing accounts are zero and cash is Stripe's balance:
   `properties.test_money_week.test_a_random_week_of_operations`.
35. A transfer made by hand in the Dashboard is found:
   `test_comparisons.test_every_transfer_is_a_payout_and_an_orphan_is_kept`.
36. A live key with another base address refuses to start:
   `test_gateway.test_a_live_key_starts_only_with_stripe_itself`.
"""
