//! The table of routes.

use super::{
    app_commands, audit_log, bans, channels, guilds, interactions, invites, login, members,
    messages, pins, reactions, roles,
    route::{
        Authorization::{BotToken, None, PathToken},
        Route,
    },
    threads, users, webhook_messages, webhooks,
};

/// All routes below `/api/v10`. The application id of a path is ignored: the token determines the application. If several
/// routes match a path, the first is taken.
#[rustfmt::skip]
pub(super) const ROUTES: &[Route] = &[
    Route::new("GET", "/gateway", None, login::gateway),
    Route::new("GET", "/gateway/bot", BotToken, login::gateway_bot),
    // Two paths of the same resource: libraries request either when they log in.
    Route::new("GET", "/applications/@me", BotToken, login::application),
    Route::new("GET", "/oauth2/applications/@me", BotToken, login::application),
    Route::new("GET", "/soundboard-default-sounds", BotToken, guilds::default_sounds),

    Route::new("GET", "/users/@me", BotToken, users::me),
    Route::new("GET", "/users/@me/guilds", BotToken, users::guilds),
    Route::new("DELETE", "/users/@me/guilds/{guild_id}", BotToken, users::leave_guild),
    Route::new("POST", "/users/@me/channels", BotToken, users::open_direct_channel),
    Route::new("GET", "/users/{user_id}", BotToken, users::one),

    Route::new("GET", "/guilds/{guild_id}", BotToken, guilds::one),
    Route::new("GET", "/guilds/{guild_id}/preview", BotToken, guilds::preview),
    Route::new("GET", "/guilds/{guild_id}/audit-logs", BotToken, audit_log::list),
    Route::new("GET", "/guilds/{guild_id}/channels", BotToken, channels::list),
    Route::new("POST", "/guilds/{guild_id}/channels", BotToken, channels::create),
    Route::new("PATCH", "/guilds/{guild_id}/channels", BotToken, channels::modify_positions),
    Route::new("GET", "/guilds/{guild_id}/threads/active", BotToken, threads::active),
    Route::new("GET", "/guilds/{guild_id}/webhooks", BotToken, webhooks::list_of_guild),
    Route::new("GET", "/guilds/{guild_id}/invites", BotToken, invites::list_of_guild),

    Route::new("GET", "/guilds/{guild_id}/roles", BotToken, roles::list),
    Route::new("POST", "/guilds/{guild_id}/roles", BotToken, roles::create),
    Route::new("PATCH", "/guilds/{guild_id}/roles", BotToken, roles::modify_positions),
    Route::new("GET", "/guilds/{guild_id}/roles/{role_id}", BotToken, roles::one),
    Route::new("PATCH", "/guilds/{guild_id}/roles/{role_id}", BotToken, roles::modify),
    Route::new("DELETE", "/guilds/{guild_id}/roles/{role_id}", BotToken, roles::delete),

    Route::new("GET", "/guilds/{guild_id}/members", BotToken, members::list),
    Route::new("GET", "/guilds/{guild_id}/members/search", BotToken, members::search),
    Route::new("PATCH", "/guilds/{guild_id}/members/@me", BotToken, members::modify_own),
    Route::new("GET", "/guilds/{guild_id}/members/{user_id}", BotToken, members::one),
    Route::new("PATCH", "/guilds/{guild_id}/members/{user_id}", BotToken, members::modify),
    Route::new("DELETE", "/guilds/{guild_id}/members/{user_id}", BotToken, members::kick),
    Route::new("PUT", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}", BotToken, members::add_role),
    Route::new("DELETE", "/guilds/{guild_id}/members/{user_id}/roles/{role_id}", BotToken, members::remove_role),

    Route::new("GET", "/guilds/{guild_id}/bans", BotToken, bans::list),
    Route::new("GET", "/guilds/{guild_id}/bans/{user_id}", BotToken, bans::one),
    Route::new("PUT", "/guilds/{guild_id}/bans/{user_id}", BotToken, bans::create),
    Route::new("DELETE", "/guilds/{guild_id}/bans/{user_id}", BotToken, bans::delete),
    Route::new("POST", "/guilds/{guild_id}/bulk-ban", BotToken, bans::create_bulk),

    Route::new("GET", "/channels/{channel_id}", BotToken, channels::one),
    Route::new("PATCH", "/channels/{channel_id}", BotToken, channels::modify),
    Route::new("DELETE", "/channels/{channel_id}", BotToken, channels::delete),
    Route::new("PUT", "/channels/{channel_id}/permissions/{overwrite_id}", BotToken, channels::set_permission),
    Route::new("DELETE", "/channels/{channel_id}/permissions/{overwrite_id}", BotToken, channels::delete_permission),
    Route::new("POST", "/channels/{channel_id}/typing", BotToken, messages::trigger_typing),
    Route::new("GET", "/channels/{channel_id}/invites", BotToken, invites::list_of_channel),
    Route::new("POST", "/channels/{channel_id}/invites", BotToken, invites::create),
    Route::new("GET", "/channels/{channel_id}/webhooks", BotToken, webhooks::list_of_channel),
    Route::new("POST", "/channels/{channel_id}/webhooks", BotToken, webhooks::create),

    Route::new("GET", "/channels/{channel_id}/messages/pins", BotToken, pins::list),
    Route::new("PUT", "/channels/{channel_id}/messages/pins/{message_id}", BotToken, pins::pin),
    Route::new("DELETE", "/channels/{channel_id}/messages/pins/{message_id}", BotToken, pins::unpin),
    Route::new("GET", "/channels/{channel_id}/pins", BotToken, pins::list_older),
    Route::new("PUT", "/channels/{channel_id}/pins/{message_id}", BotToken, pins::pin),
    Route::new("DELETE", "/channels/{channel_id}/pins/{message_id}", BotToken, pins::unpin),

    Route::new("POST", "/channels/{channel_id}/messages", BotToken, messages::create),
    Route::new("GET", "/channels/{channel_id}/messages", BotToken, messages::list),
    Route::new("POST", "/channels/{channel_id}/messages/bulk-delete", BotToken, messages::delete_bulk),
    Route::new("GET", "/channels/{channel_id}/messages/{message_id}", BotToken, messages::one),
    Route::new("PATCH", "/channels/{channel_id}/messages/{message_id}", BotToken, messages::edit),
    Route::new("DELETE", "/channels/{channel_id}/messages/{message_id}", BotToken, messages::delete),

    Route::new("PUT", "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}/@me", BotToken, reactions::add_own),
    Route::new("DELETE", "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}/@me", BotToken, reactions::remove_own),
    Route::new("DELETE", "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}/{user_id}", BotToken, reactions::remove_of_user),
    Route::new("GET", "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}", BotToken, reactions::list),
    Route::new("DELETE", "/channels/{channel_id}/messages/{message_id}/reactions/{emoji}", BotToken, reactions::remove_emoji),
    Route::new("DELETE", "/channels/{channel_id}/messages/{message_id}/reactions", BotToken, reactions::remove_all),

    Route::new("POST", "/channels/{channel_id}/messages/{message_id}/threads", BotToken, threads::start_from_message),
    Route::new("POST", "/channels/{channel_id}/threads", BotToken, threads::start_without_message),
    Route::new("GET", "/channels/{channel_id}/threads/archived/public", BotToken, threads::archived_public),
    Route::new("GET", "/channels/{channel_id}/threads/archived/private", BotToken, threads::archived_private),
    Route::new("GET", "/channels/{channel_id}/users/@me/threads/archived/private", BotToken, threads::archived_private_joined),
    Route::new("GET", "/channels/{channel_id}/thread-members", BotToken, threads::members),
    Route::new("PUT", "/channels/{channel_id}/thread-members/@me", BotToken, threads::join),
    Route::new("DELETE", "/channels/{channel_id}/thread-members/@me", BotToken, threads::leave),
    Route::new("GET", "/channels/{channel_id}/thread-members/{user_id}", BotToken, threads::member),
    Route::new("PUT", "/channels/{channel_id}/thread-members/{user_id}", BotToken, threads::add_member),
    Route::new("DELETE", "/channels/{channel_id}/thread-members/{user_id}", BotToken, threads::remove_member),

    Route::new("GET", "/invites/{code}", BotToken, invites::one),
    Route::new("DELETE", "/invites/{code}", BotToken, invites::delete),

    Route::new("GET", "/applications/{application_id}/commands", BotToken, app_commands::list),
    Route::new("POST", "/applications/{application_id}/commands", BotToken, app_commands::add),
    Route::new("PUT", "/applications/{application_id}/commands", BotToken, app_commands::replace_all),
    Route::new("GET", "/applications/{application_id}/commands/{command_id}", BotToken, app_commands::one),
    Route::new("PATCH", "/applications/{application_id}/commands/{command_id}", BotToken, app_commands::edit),
    Route::new("DELETE", "/applications/{application_id}/commands/{command_id}", BotToken, app_commands::delete),
    Route::new("GET", "/applications/{application_id}/guilds/{guild_id}/commands", BotToken, app_commands::list),
    Route::new("POST", "/applications/{application_id}/guilds/{guild_id}/commands", BotToken, app_commands::add),
    Route::new("PUT", "/applications/{application_id}/guilds/{guild_id}/commands", BotToken, app_commands::replace_all),
    Route::new("GET", "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}", BotToken, app_commands::one),
    Route::new("PATCH", "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}", BotToken, app_commands::edit),
    Route::new("DELETE", "/applications/{application_id}/guilds/{guild_id}/commands/{command_id}", BotToken, app_commands::delete),

    Route::new("POST", "/interactions/{interaction_id}/{token}/callback", PathToken, interactions::respond),
    Route::new("GET", "/webhooks/{webhook_id}", BotToken, webhooks::one),
    Route::new("PATCH", "/webhooks/{webhook_id}", BotToken, webhooks::modify),
    Route::new("DELETE", "/webhooks/{webhook_id}", BotToken, webhooks::delete),
    Route::new("GET", "/webhooks/{webhook_id}/{token}", PathToken, webhooks::one_with_token),
    Route::new("PATCH", "/webhooks/{webhook_id}/{token}", PathToken, webhooks::modify_with_token),
    Route::new("DELETE", "/webhooks/{webhook_id}/{token}", PathToken, webhooks::delete_with_token),
    // The token of these paths is one of an interaction or of a webhook.
    Route::new("POST", "/webhooks/{webhook_id}/{token}", PathToken, webhook_messages::create),
    Route::new("GET", "/webhooks/{webhook_id}/{token}/messages/@original", PathToken, interactions::original),
    Route::new("PATCH", "/webhooks/{webhook_id}/{token}/messages/@original", PathToken, interactions::edit_original),
    Route::new("DELETE", "/webhooks/{webhook_id}/{token}/messages/@original", PathToken, interactions::delete_original),
    Route::new("GET", "/webhooks/{webhook_id}/{token}/messages/{message_id}", PathToken, webhook_messages::one),
    Route::new("PATCH", "/webhooks/{webhook_id}/{token}/messages/{message_id}", PathToken, webhook_messages::edit),
    Route::new("DELETE", "/webhooks/{webhook_id}/{token}/messages/{message_id}", PathToken, webhook_messages::delete),
];

#[cfg(test)]
mod tests {
    use crate::rest::RestRoute;

    #[test]
    fn guide_lists_all_routes() {
        let guide = include_str!("../../docs/guide.md");
        let (_, rest) = guide.split_once("\n## REST\n").unwrap();
        let mut listed: Vec<&str> = rest
            .lines()
            .filter_map(|line| line.strip_prefix("| `"))
            .flat_map(|row| row.split(" | ").next().unwrap().split('`'))
            .filter(|request| request.contains(" /") && !request.starts_with('{'))
            .collect();
        let mut routes: Vec<String> = RestRoute::all().map(|route| route.to_string()).collect();
        listed.sort_unstable();
        routes.sort_unstable();
        assert_eq!(listed, routes);
    }
}
