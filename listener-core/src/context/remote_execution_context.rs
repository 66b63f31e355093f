use std::fmt;

use uuid::Uuid;

use super::{
    DateTime, Entity, EntityImageCollection, EntityReference, Member, ParameterCollection, Text,
    Value, wire::contract,
};

contract! {
    /// The execution context of an operation, as Dataverse posts it to an endpoint.
    ///
    /// Each public field is the member of the same name on the wire: absent, null or a value. The methods of the same
    /// names read it as a listener wants it.
    pub struct RemoteExecutionContext: "RemoteExecutionContext" in XRM {
        /// The business unit of the user.
        business_unit_id: Uuid = "BusinessUnitId",
        /// The same along a chain of plug-ins.
        correlation_id: Uuid = "CorrelationId",
        /// How deep in a chain of operations this one is, from 1.
        depth: i32 = "Depth",
        /// The caller's user agent; absent before about 2023.
        initiating_user_agent: Text = "InitiatingUserAgent",
        /// The caller's id in Entra ID; absent before about 2020.
        initiating_user_azure_active_directory_object_id: Uuid = "InitiatingUserAzureActiveDirectoryObjectId",
        /// The user who caused the operation.
        initiating_user_id: Uuid = "InitiatingUserId",
        /// The parameters of the request; `Target` among them for most messages.
        input_parameters: ParameterCollection = "InputParameters",
        /// Whether the plug-in ran in the client for Outlook, offline.
        is_executing_offline: bool = "IsExecutingOffline",
        /// Whether the operation was in a database transaction: true for synchronous post-operation steps.
        is_in_transaction: bool = "IsInTransaction",
        /// Whether an offline operation was played back.
        is_offline_playback: bool = "IsOfflinePlayback",
        /// 1 for none, 2 for the sandbox.
        isolation_mode: i32 = "IsolationMode",
        /// The message: `Create`, `Update`, the unique name of a custom API.
        message_name: Text = "MessageName",
        /// 0 for synchronous, 1 for asynchronous.
        mode: i32 = "Mode",
        /// As sent: see [`operation_created_on_utc`](Self::operation_created_on_utc).
        operation_created_on: DateTime = "OperationCreatedOn",
        /// Of an asynchronous step, the id of the system job; of a synchronous one, the id of the request.
        operation_id: Uuid = "OperationId",
        /// The organisation's id.
        organization_id: Uuid = "OrganizationId",
        /// The organisation's unique name, which is not its URL name.
        organization_name: Text = "OrganizationName",
        /// The parameters of the response: `id` after a Create.
        output_parameters: ParameterCollection = "OutputParameters",
        /// The step that posted the message.
        owning_extension: EntityReference = "OwningExtension",
        /// The context of the operation that caused this one.
        parent_context: Box<RemoteExecutionContext> = "ParentContext",
        /// Images of the row after the operation.
        post_entity_images: EntityImageCollection = "PostEntityImages",
        /// Images of the row before the operation.
        pre_entity_images: EntityImageCollection = "PreEntityImages",
        /// The row's id; all zeros for messages without one.
        primary_entity_id: Uuid = "PrimaryEntityId",
        /// The table's logical name; `none` for messages without one.
        primary_entity_name: Text = "PrimaryEntityName",
        /// The id of the request; the same for all rows of a batch.
        request_id: Uuid = "RequestId",
        /// The other table's logical name; mostly `none`.
        secondary_entity_name: Text = "SecondaryEntityName",
        /// What plug-ins of the same operation passed on.
        shared_variables: ParameterCollection = "SharedVariables",
        /// 10 pre-validation, 20 pre-operation, 30 main, 40 post-operation, 50 from a workflow.
        stage: i32 = "Stage",
        /// The user's id in Entra ID; absent before about 2020.
        user_azure_active_directory_object_id: Uuid = "UserAzureActiveDirectoryObjectId",
        /// The user in whose name the step ran.
        user_id: Uuid = "UserId",
    }
}

static NO_PARAMETERS: ParameterCollection = ParameterCollection::new();
static NO_IMAGES: EntityImageCollection = EntityImageCollection::new();

fn text(member: &Member<Text>) -> &str {
    member.value().map_or("", Text::as_str)
}

fn copied<T: Copy + Default>(member: &Member<T>) -> T {
    member.value().copied().unwrap_or_default()
}

impl RemoteExecutionContext {
    /// The image that asynchronous steps carry without being asked: the row's primary name and id.
    pub const ASYNCHRONOUS_STEP_PRIMARY_NAME: &'static str = "AsynchronousStepPrimaryName";

    /// A context of `message_name` on `primary_entity_name`, all other members as Dataverse writes them for an
    /// asynchronous post-operation step.
    ///
    /// ```
    /// use listener_core::context::{Entity, RemoteExecutionContext};
    /// use uuid::Uuid;
    ///
    /// let mut context = RemoteExecutionContext::new("Create", "account");
    /// context.set_target(Entity::new("account", Uuid::nil()).with("name", "Contoso"));
    /// assert_eq!(context.stage(), 40);
    /// ```
    pub fn new(message_name: impl Into<Text>, primary_entity_name: impl Into<Text>) -> Self {
        Self {
            business_unit_id: Uuid::nil().into(),
            correlation_id: Uuid::nil().into(),
            depth: 1.into(),
            initiating_user_agent: Text::default().into(),
            initiating_user_azure_active_directory_object_id: Uuid::nil().into(),
            initiating_user_id: Uuid::nil().into(),
            input_parameters: ParameterCollection::new().into(),
            is_executing_offline: false.into(),
            is_in_transaction: false.into(),
            is_offline_playback: false.into(),
            isolation_mode: 1.into(),
            message_name: message_name.into().into(),
            mode: 1.into(),
            operation_created_on: DateTime::MIN.into(),
            operation_id: Uuid::nil().into(),
            organization_id: Uuid::nil().into(),
            organization_name: Text::default().into(),
            output_parameters: ParameterCollection::new().into(),
            owning_extension: EntityReference::new("sdkmessageprocessingstep", Uuid::nil()).into(),
            parent_context: None.into(),
            post_entity_images: EntityImageCollection::new().into(),
            pre_entity_images: EntityImageCollection::new().into(),
            primary_entity_id: Uuid::nil().into(),
            primary_entity_name: primary_entity_name.into().into(),
            request_id: Uuid::nil().into(),
            secondary_entity_name: Text::from("none").into(),
            shared_variables: ParameterCollection::new().into(),
            stage: 40.into(),
            user_azure_active_directory_object_id: Uuid::nil().into(),
            user_id: Uuid::nil().into(),
            ..Self::default()
        }
    }

    /// Sets the input parameter `Target`.
    pub fn set_target(&mut self, target: impl Into<Value>) {
        self.set_input("Target", target);
    }

    /// Sets an input parameter.
    pub fn set_input(&mut self, key: impl Into<Text>, value: impl Into<Value>) {
        self.input_parameters
            .get_or_insert_default()
            .insert(key, value);
    }

    /// Sets an output parameter.
    pub fn set_output(&mut self, key: impl Into<Text>, value: impl Into<Value>) {
        self.output_parameters
            .get_or_insert_default()
            .insert(key, value);
    }

    /// Sets a shared variable.
    pub fn set_shared_variable(&mut self, key: impl Into<Text>, value: impl Into<Value>) {
        self.shared_variables
            .get_or_insert_default()
            .insert(key, value);
    }

    /// Sets the image of this name of the row before the operation.
    pub fn set_pre_image(&mut self, name: impl Into<Text>, image: Entity) {
        self.pre_entity_images
            .get_or_insert_default()
            .insert(name, image);
    }

    /// Sets the image of this name of the row after the operation.
    pub fn set_post_image(&mut self, name: impl Into<Text>, image: Entity) {
        self.post_entity_images
            .get_or_insert_default()
            .insert(name, image);
    }

    /// The message: `Create`, `Update`, the unique name of a custom API. Empty if the context does not say.
    pub fn message_name(&self) -> &str {
        text(&self.message_name)
    }

    /// The table's logical name; `none` for messages without one, empty if the context does not say.
    pub fn primary_entity_name(&self) -> &str {
        text(&self.primary_entity_name)
    }

    /// The row's id; all zeros for messages without one.
    pub fn primary_entity_id(&self) -> Uuid {
        copied(&self.primary_entity_id)
    }

    /// The organisation's unique name; empty if the context does not say.
    pub fn organization_name(&self) -> &str {
        text(&self.organization_name)
    }

    /// The organisation's id.
    pub fn organization_id(&self) -> Uuid {
        copied(&self.organization_id)
    }

    /// The same along a chain of plug-ins.
    pub fn correlation_id(&self) -> Uuid {
        copied(&self.correlation_id)
    }

    /// Of an asynchronous step, the id of the system job; of a synchronous one, the id of the request.
    pub fn operation_id(&self) -> Uuid {
        copied(&self.operation_id)
    }

    /// The id of the request, if the context has one.
    pub fn request_id(&self) -> Option<Uuid> {
        self.request_id.value().copied()
    }

    /// The user who caused the operation.
    pub fn initiating_user_id(&self) -> Uuid {
        copied(&self.initiating_user_id)
    }

    /// The user in whose name the step ran.
    pub fn user_id(&self) -> Uuid {
        copied(&self.user_id)
    }

    /// How deep in a chain of operations this one is, from 1.
    pub fn depth(&self) -> i32 {
        copied(&self.depth)
    }

    /// 10 pre-validation, 20 pre-operation, 30 main, 40 post-operation, 50 from a workflow.
    pub fn stage(&self) -> i32 {
        copied(&self.stage)
    }

    /// 0 for synchronous, 1 for asynchronous.
    pub fn mode(&self) -> i32 {
        copied(&self.mode)
    }

    /// Whether the step is synchronous: a user waits for the answer.
    pub fn is_synchronous(&self) -> bool {
        self.mode.value() == Some(&0)
    }

    /// The parameters of the request.
    pub fn input_parameters(&self) -> &ParameterCollection {
        self.input_parameters.value().unwrap_or(&NO_PARAMETERS)
    }

    /// The parameters of the response.
    pub fn output_parameters(&self) -> &ParameterCollection {
        self.output_parameters.value().unwrap_or(&NO_PARAMETERS)
    }

    /// What plug-ins of the same operation passed on.
    pub fn shared_variables(&self) -> &ParameterCollection {
        self.shared_variables.value().unwrap_or(&NO_PARAMETERS)
    }

    /// Images of the row before the operation.
    pub fn pre_entity_images(&self) -> &EntityImageCollection {
        self.pre_entity_images.value().unwrap_or(&NO_IMAGES)
    }

    /// Images of the row after the operation.
    pub fn post_entity_images(&self) -> &EntityImageCollection {
        self.post_entity_images.value().unwrap_or(&NO_IMAGES)
    }

    /// The step that posted the message.
    pub fn owning_extension(&self) -> Option<&EntityReference> {
        self.owning_extension.value()
    }

    /// The context of the operation that caused this one.
    ///
    /// In asynchronous messages its `MessageName` is the child's, whatever its own operation was: tell it by its
    /// parameters.
    pub fn parent_context(&self) -> Option<&Self> {
        self.parent_context.value().map(|parent| &**parent)
    }

    /// When the operation was created, as sent.
    ///
    /// In asynchronous messages it is a UTC clock reading labelled with the server's zone, so the instant is off by the
    /// zone's offset; [`operation_created_on_utc`](Self::operation_created_on_utc) puts that right.
    pub fn operation_created_on(&self) -> DateTime {
        copied(&self.operation_created_on)
    }

    /// When the operation was created: the instant as sent plus the offset as sent, if one was.
    ///
    /// .NET binary carries no offset, so there the error of an asynchronous message of a server that does not run in
    /// UTC cannot be undone, and the value is the one sent.
    pub fn operation_created_on_utc(&self) -> DateTime {
        self.operation_created_on().clock_as_utc()
    }
}

impl fmt::Display for RemoteExecutionContext {
    /// One line for people and logs: message, table and id, never a value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} of {}({}), stage {}, {}, depth {}",
            self.message_name(),
            self.primary_entity_name(),
            self.primary_entity_id(),
            self.stage(),
            if self.is_synchronous() {
                "synchronous"
            } else {
                "asynchronous"
            },
            self.depth()
        )
    }
}
