mod dead_resume_host_heals;
mod mute_server_is_abandoned;
