"""The task interface as data: what an annotator sees and answers.

From one description (fields + questions, checked against `schema.json`) come the JSON Schema of
a task's payload, the JSON Schema of an answer, the HTML form and the pages that show both.
Knows no model and no request.
"""
