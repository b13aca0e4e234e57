"""What organisations do with the Cned, and what the DAIC does for them.

`members` act for an organisation; `quotes` become seats (`seats`), taken one by one with a code or by a file
(`groups`); `follow_up` is what members see of their learners; `relations` and `campaigns` are the desk's side; `panels`
lets the apps above this one tell what they know of an organisation.
"""
