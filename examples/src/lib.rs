//! Examples for gloaming; each lies beside this folder.
