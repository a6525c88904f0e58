use super::ListView;
use super::define::define_view;
use std::borrow::Cow;
use twilight_model::util::Timestamp;

define_view! {
    /// An embed of a message.
    EmbedView<'a> {
        /// The type, which is `rich` for the embeds of bots.
        kind = "type": required Cow<'a, str>;
        /// The title.
        title: optional Cow<'a, str>;
        /// The text.
        description: optional Cow<'a, str>;
        /// The URL of the title.
        url: optional Cow<'a, str>;
        /// The time that is shown.
        timestamp: optional Timestamp;
        /// The color.
        color: optional u32;
        /// The author that is shown.
        author: optional EmbedAuthorView<'a>;
        /// The footer.
        footer: optional EmbedFooterView<'a>;
        /// The provider, such as a video platform.
        provider: optional EmbedProviderView<'a>;
        /// The image.
        image: optional EmbedMediaView<'a>;
        /// The thumbnail.
        thumbnail: optional EmbedMediaView<'a>;
        /// The video.
        video: optional EmbedMediaView<'a>;
        /// The fields.
        fields: defaulted ListView<'a, EmbedFieldView<'a>>;
    }
}

define_view! {
    /// The author of an embed.
    EmbedAuthorView<'a> {
        /// The name.
        name: required Cow<'a, str>;
        /// The URL.
        url: optional Cow<'a, str>;
        /// The URL of the icon.
        icon_url: optional Cow<'a, str>;
    }
}

define_view! {
    /// The footer of an embed.
    EmbedFooterView<'a> {
        /// The text.
        text: required Cow<'a, str>;
        /// The URL of the icon.
        icon_url: optional Cow<'a, str>;
    }
}

define_view! {
    /// The provider of an embed.
    EmbedProviderView<'a> {
        /// The name.
        name: optional Cow<'a, str>;
        /// The URL.
        url: optional Cow<'a, str>;
    }
}

define_view! {
    /// An image, thumbnail or video of an embed.
    EmbedMediaView<'a> {
        /// The URL. Images and thumbnails have one.
        url: optional Cow<'a, str>;
        /// The URL of a copy that Discord keeps.
        proxy_url: optional Cow<'a, str>;
        /// The height in pixels.
        height: optional u64;
        /// The width in pixels.
        width: optional u64;
    }
}

define_view! {
    /// A field of an embed.
    EmbedFieldView<'a> {
        /// The name.
        name: required Cow<'a, str>;
        /// The text.
        value: required Cow<'a, str>;
        /// Whether the field stands beside others.
        inline: defaulted bool;
    }
}
