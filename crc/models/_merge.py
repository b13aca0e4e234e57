import pgtrigger


def merge_without_chain():
    """Trigger of a merge: its target stands by itself, nothing was merged into its source, and its undoing restores.

    The target's row is held: two opposite merges at once meet here when no verb made them wait for each other.
    """
    return pgtrigger.Trigger(
        name="merge_without_chain",
        when=pgtrigger.Before,
        operation=pgtrigger.Insert | pgtrigger.Update,
        declare=[("_beyond", "BIGINT")],
        func=(
            "IF TG_OP = 'UPDATE' THEN "
            "IF OLD.merged_into_id IS NOT DISTINCT FROM NEW.merged_into_id THEN RETURN NEW; END IF; "
            "IF OLD.merged_into_id IS NOT NULL AND NEW.merged_into_id IS NOT NULL THEN "
            "RAISE EXCEPTION 'ticket % is merged already', OLD.id USING ERRCODE = 'check_violation'; END IF; "
            "IF NEW.merged_into_id IS NULL AND NEW.state IS DISTINCT FROM OLD.state_before_merge THEN "
            "RAISE EXCEPTION 'ticket % does not get back its state', OLD.id USING ERRCODE = 'check_violation'; END IF; "
            "END IF; "
            "IF NEW.merged_into_id IS NULL THEN RETURN NEW; END IF; "
            "SELECT merged_into_id INTO _beyond FROM crc_ticket WHERE id = NEW.merged_into_id FOR UPDATE; "
            "IF _beyond IS NOT NULL OR EXISTS (SELECT 1 FROM crc_ticket WHERE merged_into_id = NEW.id) THEN "
            "RAISE EXCEPTION 'ticket % would make a chain', NEW.id USING ERRCODE = 'check_violation'; END IF; "
            "RETURN NEW;"
        ),
    )
