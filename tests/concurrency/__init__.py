"""Races, with real threads on PostgreSQL, each with a control that shows it.

Thirteen things that open-source peers get wrong, and the tests that show that we do not (their
controls stand below them):

1. Tasks claimed at once are claimed once each:
   `test_claims.test_64_threads_claim_64_tasks_each_once`.
2. One annotator at once with themselves keeps to the cap:
   `test_claims.test_16_claims_of_one_annotator_at_once_give_exactly_the_cap`,
   `test_tabs.test_ten_tabs_with_ten_keys_keep_to_the_cap`.
3. Nobody hands in for another: `test_acceptance.test_nobody_hands_in_for_another`.
4. An answer handed in twice is one row and one reply:
   `test_hand_in.test_the_same_answer_at_once_is_one_submission_and_one_reply`.
5. The last answers at once conclude a task once:
   `test_hand_in.test_two_last_answers_at_once_conclude_the_task_once`.
6. A hand-in and the end of its lease have one outcome, and the text is kept:
   `test_hand_in.test_a_hand_in_racing_its_expiry_has_exactly_one_outcome_and_keeps_the_text`.
7. The last free tasks of many are found:
   `test_acceptance.test_the_5_free_tasks_of_1000_are_found_at_the_first_call`.
8. A claim is as many statements however many are open:
   `test_acceptance.test_a_claim_over_http_takes_as_many_statements_with_1000_open_claims`,
   `test_claims.test_a_claim_is_one_statement_however_many_are_open`.
9. A claim costs the same with few tasks and with many:
   `tests.tasks.test_plans.test_the_head_of_a_queue_costs_as_much_with_100_000_tasks_as_with_1000`;
   the time is measured by `manage.py bench claim`.
10. A payout tried again after a crash at any point is made once:
    `tests.payments.test_crashes.test_a_payout_whose_worker_is_killed_at_any_point_is_made_once`.
11. No serializer writes a state: `tests.architecture.test_states`.
12. Nobody reviews their own work, and returns end:
    `test_acceptance.test_nobody_reviews_their_own_work_however_often_they_ask`,
    `test_acceptance.test_returns_end_after_three`.
13. A client's project is invisible to those who are excluded from it:
    `test_acceptance.test_a_project_is_invisible_to_those_who_are_excluded`.
"""
