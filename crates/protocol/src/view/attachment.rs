use super::define::define_view;
use std::borrow::Cow;
use twilight_model::channel::AttachmentFlags;
use twilight_model::id::Id;
use twilight_model::id::marker::AttachmentMarker;

define_view! {
    /// A file that is attached to a message.
    AttachmentView<'a> {
        /// The id.
        id: required Id<AttachmentMarker>;
        /// The name of the file.
        filename: required Cow<'a, str>;
        /// The size in bytes.
        size: required u64;
        /// The URL.
        url: required Cow<'a, str>;
        /// The URL of a copy that Discord keeps.
        proxy_url: required Cow<'a, str>;
        /// The media type.
        content_type: optional Cow<'a, str>;
        /// The title.
        title: optional Cow<'a, str>;
        /// The description.
        description: optional Cow<'a, str>;
        /// The height of an image, in pixels.
        height: optional u64;
        /// The width of an image, in pixels.
        width: optional u64;
        /// The length of an audio file, in seconds.
        duration_secs: optional f64;
        /// The waveform of a voice message.
        waveform: optional Cow<'a, str>;
        /// Whether the file is removed after some time.
        ephemeral: defaulted bool;
        /// The flags.
        flags: optional AttachmentFlags;
    }
}
