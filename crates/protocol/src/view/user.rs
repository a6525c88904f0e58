use super::define::define_view;
use super::from_value::Discriminator;
use super::{MemberView, ViewError};
use std::borrow::Cow;
use twilight_model::id::Id;
use twilight_model::id::marker::UserMarker;
use twilight_model::user::{PremiumType, UserFlags};
use twilight_model::util::ImageHash;

define_view! {
    /// A user, also one that is mentioned, who has a [`member`](Self::member).
    UserView<'a> {
        /// The id.
        id: required Id<UserMarker>;
        /// The name, which is unique if the user has no discriminator.
        name = "username": required Cow<'a, str>;
        /// The name that is shown.
        global_name: optional Cow<'a, str>;
        /// The avatar.
        avatar: optional ImageHash;
        /// The banner.
        banner: optional ImageHash;
        /// Whether the user is a bot.
        bot: defaulted bool;
        /// Whether the user is Discord itself.
        system: optional bool;
        /// The color of the banner.
        accent_color: optional u32;
        /// The flags that everyone sees.
        public_flags: optional UserFlags;
        /// The flags.
        flags: optional UserFlags;
        /// The language, for the bot's own user.
        locale: optional Cow<'a, str>;
        /// The subscription.
        premium_type: optional PremiumType;
        /// The member of the guild, without its user. Only of the users that a message mentions.
        member: optional MemberView<'a>;
    }
}

impl UserView<'_> {
    /// The number of a user without a unique name: one to four digits, or 0.
    ///
    /// The member `discriminator`.
    ///
    /// # Errors
    ///
    /// Returns an error if the member is missing or does not have this type.
    pub fn discriminator(&self) -> Result<u16, ViewError> {
        self.required("discriminator")
            .map(|Discriminator(number)| number)
    }
}
