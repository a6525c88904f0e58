//! The macros by which views are written as tables of their members.

/// Defines a view of an object.
///
/// A row is `docs method = "member": mode Type;`. The name of the member is that of the method if it is left out. Modes
/// are those of [`ObjectView`](super::ObjectView):
///
/// - `required`: each object has the member, and an error is returned if it is missing;
/// - `optional`: it may be missing or `null`;
/// - `defaulted`: it may be missing, and stands for the default value of the type then.
macro_rules! define_view {
    (
        $(#[doc = $doc:literal])*
        $view:ident<$lt:lifetime> {
            $($(#[doc = $field_doc:literal])* $field:ident $(= $key:literal)?: $mode:ident $type:ty;)*
        }
    ) => {
        $(#[doc = $doc])*
        ///
        /// Dereferences to the [object](crate::view::ObjectView) that it reads.
        #[derive(Clone, Debug)]
        pub struct $view<$lt>(crate::view::ObjectView<$lt>);

        impl<$lt> $view<$lt> {
            #[inline(always)]
            pub(super) const fn object_mut(&mut self) -> &mut crate::view::ObjectView<$lt> {
                &mut self.0
            }

            /// The names of the members that have a method, in Discord's spelling.
            pub const MEMBERS: &'static [&'static str] =
                &[$(crate::view::define::key!($field $($key)?)),*];

            $(
                $(#[doc = $field_doc])*
                #[doc = crate::view::define::field_docs!($mode, crate::view::define::key!($field $($key)?))]
                #[inline]
                pub fn $field(
                    &self,
                ) -> Result<crate::view::define::output!($mode $type), crate::view::ViewError> {
                    self.0.$mode(crate::view::define::key!($field $($key)?))
                }
            )*
        }

        impl<$lt> std::ops::Deref for $view<$lt> {
            type Target = crate::view::ObjectView<$lt>;

            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }

        impl<$lt> crate::view::FromValue<$lt> for $view<$lt> {
            #[inline]
            fn from_value(
                value: crate::view::ValueView<$lt>,
            ) -> Result<Self, crate::view::ViewError> {
                let mut view = Self(value.unscanned_object()?);
                view.object_mut().scan()?;
                Ok(view)
            }
        }

        impl<$lt> From<crate::view::ObjectView<$lt>> for $view<$lt> {
            #[inline]
            fn from(object: crate::view::ObjectView<$lt>) -> Self {
                Self(object)
            }
        }
    };
}

/// Defines methods for the ids of users, who are nested objects.
macro_rules! define_ids_within {
    ($($view:ident: $method:ident = $member:literal;)*) => {
        $(impl $view<'_> {
            #[doc = concat!("The id of the user: the member `id` of `", $member, "`.")]
            ///
            /// Scans the user only up to the id.
            ///
            /// # Errors
            ///
            /// Returns an error if the member is missing or does not have this type.
            #[inline]
            pub fn $method(
                &self,
            ) -> Result<
                twilight_model::id::Id<twilight_model::id::marker::UserMarker>,
                crate::view::ViewError,
            > {
                self.0.id_within($member)
            }
        })*
    };
}

/// The name of a member.
macro_rules! key {
    ($field:ident) => {
        stringify!($field)
    };
    ($field:ident $key:literal) => {
        $key
    };
}

/// What a method returns.
macro_rules! output {
    (required $type:ty) => { $type };
    (optional $type:ty) => { Option<$type> };
    (defaulted $type:ty) => { $type };
}

/// How a member is read, for its method's documentation.
macro_rules! field_docs {
    (required, $key:expr) => {
        concat!(
            "\n\nThe member `",
            $key,
            "`.",
            "\n\n# Errors\n\nReturns an error if the member is missing or does not have this type."
        )
    };
    (optional, $key:expr) => {
        concat!(
            "\n\nThe member `",
            $key,
            "`. `None` if it is missing or `null`.",
            "\n\n# Errors\n\nReturns an error if the member does not have this type."
        )
    };
    (defaulted, $key:expr) => {
        concat!(
            "\n\nThe member `",
            $key,
            "`. The default value of the type if it is missing.",
            "\n\n# Errors\n\nReturns an error if the member does not have this type."
        )
    };
}

pub(super) use {define_ids_within, define_view, field_docs, key, output};
