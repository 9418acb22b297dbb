ALTER TABLE messages ADD COLUMN refusal TEXT; -- why its network will not take it, in the state refused
