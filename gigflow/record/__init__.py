"""The record: who did what to whom, appended in the transaction of the act and never changed."""
