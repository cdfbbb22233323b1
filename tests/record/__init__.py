"""The record: every act of an admin, every refusal that counts."""
