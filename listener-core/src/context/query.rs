//! Queries, as RetrieveMultiple carries them.

use super::{
    ConditionOperator, DataCollection, JoinOperator, LogicalOperator, OrderType, Relationship,
    Text, Value,
    wire::{contract, list_slot},
};

contract! {
    /// A query by an expression tree.
    pub struct QueryExpression: "QueryExpression" in XRM {
        /// The columns asked for.
        column_set: ColumnSet = "ColumnSet",
        /// The filter.
        criteria: FilterExpression = "Criteria",
        /// Whether equal rows are returned once.
        distinct: bool = "Distinct",
        /// The table's logical name.
        entity_name: Text = "EntityName",
        /// Joined tables.
        link_entities: Vec<Option<LinkEntity>> = "LinkEntities",
        /// The order of the rows.
        orders: Vec<Option<OrderExpression>> = "Orders",
        /// The page asked for.
        page_info: PagingInfo = "PageInfo",
        /// A query inside this one; absent where there is none.
        sub_query_expression: Box<QueryExpression> = "SubQueryExpression",
        /// Whether the query takes no locks.
        no_lock: bool = "NoLock",
        /// The most rows wanted; absent where there is no such limit.
        top_count: i32 = "TopCount",
        /// Hints to the database; absent where there are none.
        query_hints: Text = "QueryHints",
        /// Where to read from; absent for the table itself.
        data_source: Text = "DataSource",
    }
}

contract! {
    /// A query as FetchXML.
    pub struct FetchExpression: "FetchExpression" in XRM {
        /// The FetchXML.
        query: Text = "Query",
    }
}

contract! {
    /// A query by columns that equal values.
    pub struct QueryByAttribute: "QueryByAttribute" in XRM {
        /// The columns, beside `values`.
        attributes: Vec<Option<Text>> = "Attributes",
        /// The columns asked for.
        column_set: ColumnSet = "ColumnSet",
        /// The table's logical name.
        entity_name: Text = "EntityName",
        /// The order of the rows.
        orders: Vec<Option<OrderExpression>> = "Orders",
        /// The page asked for.
        page_info: PagingInfo = "PageInfo",
        /// The values, beside `attributes`; a null one is [`Value::Null`].
        values: Vec<Option<Value>> = "Values",
        /// The most rows wanted; absent where there is no such limit.
        top_count: i32 = "TopCount",
    }
}

contract! {
    /// Which columns a query returns.
    pub struct ColumnSet: "ColumnSet" in XRM {
        /// Whether all columns are.
        all_columns: bool = "AllColumns",
        /// Aggregates and groupings; newer than the other two.
        attribute_expressions: Vec<Option<AttributeExpression>> = "AttributeExpressions",
        /// The columns' logical names.
        columns: Vec<Option<Text>> = "Columns",
    }
}

contract! {
    /// An aggregated or grouped column (`XrmAttributeExpression` in Microsoft's SDK).
    pub struct AttributeExpression: "AttributeExpression" in XRM {
        /// The kind of aggregate, as a number.
        aggregate_type: i32 = "AggregateType",
        /// The name in the result.
        alias: Text = "Alias",
        /// The column's logical name.
        attribute_name: Text = "AttributeName",
        /// How dates are grouped, as a number.
        date_time_grouping: i32 = "DateTimeGrouping",
        /// Whether rows are grouped by it.
        has_group_by: bool = "HasGroupBy",
    }
}

contract! {
    /// Conditions and filters that combine to one.
    pub struct FilterExpression: "FilterExpression" in XRM {
        /// The conditions.
        conditions: Vec<Option<ConditionExpression>> = "Conditions",
        /// How they combine.
        filter_operator: LogicalOperator = "FilterOperator",
        /// Filters inside this one.
        filters: Vec<Option<FilterExpression>> = "Filters",
        /// Whether it is the quick find filter; absent where it is not.
        is_quick_find_filter: bool = "IsQuickFindFilter",
        /// A hint to the database; absent where there is none.
        filter_hint: Text = "FilterHint",
    }
}

contract! {
    /// One condition on one column.
    pub struct ConditionExpression: "ConditionExpression" in XRM {
        /// The column's logical name.
        attribute_name: Text = "AttributeName",
        /// Whether the value is a column too.
        compare_columns: bool = "CompareColumns",
        /// How it compares.
        operator: ConditionOperator = "Operator",
        /// What it compares with; a null one is [`Value::Null`].
        values: Vec<Option<Value>> = "Values",
        /// The table's logical name, for a column of a joined table.
        entity_name: Text = "EntityName",
    }
}

contract! {
    /// A joined table.
    pub struct LinkEntity: "LinkEntity" in XRM {
        /// The columns asked for.
        columns: ColumnSet = "Columns",
        /// The name of the join in the result.
        entity_alias: Text = "EntityAlias",
        /// How it joins.
        join_operator: JoinOperator = "JoinOperator",
        /// The filter on the joined table.
        link_criteria: FilterExpression = "LinkCriteria",
        /// Tables joined to the joined one.
        link_entities: Vec<Option<LinkEntity>> = "LinkEntities",
        /// The column joined from.
        link_from_attribute_name: Text = "LinkFromAttributeName",
        /// The table joined from.
        link_from_entity_name: Text = "LinkFromEntityName",
        /// The column joined to.
        link_to_attribute_name: Text = "LinkToAttributeName",
        /// The table joined to.
        link_to_entity_name: Text = "LinkToEntityName",
        /// The order of the rows.
        orders: Vec<Option<OrderExpression>> = "Orders",
    }
}

contract! {
    /// One column to order by.
    pub struct OrderExpression: "OrderExpression" in XRM {
        /// The name in the result; newer than the first contract.
        alias: Text = "Alias",
        /// The column's logical name.
        attribute_name: Text = "AttributeName",
        /// The table's logical name; newer than the first contract.
        entity_name: Text = "EntityName",
        /// The direction.
        order_type: OrderType = "OrderType",
    }
}

contract! {
    /// The page of a query.
    pub struct PagingInfo: "PagingInfo" in XRM {
        /// Rows a page.
        count: i32 = "Count",
        /// The page, from 1.
        page_number: i32 = "PageNumber",
        /// Where the page begins, as the last answer said.
        paging_cookie: Text = "PagingCookie",
        /// Whether all rows are to be counted.
        return_total_record_count: bool = "ReturnTotalRecordCount",
    }
}

list_slot!(LinkEntity: "LinkEntity" in XRM, list in XRM, contract: true);
list_slot!(OrderExpression: "OrderExpression" in XRM, list in XRM, contract: true);
list_slot!(AttributeExpression: "AttributeExpression" in XRM, list in XRM, contract: true);
list_slot!(FilterExpression: "FilterExpression" in XRM, list in XRM, contract: true);
list_slot!(ConditionExpression: "ConditionExpression" in XRM, list in XRM, contract: true);

/// Queries for related rows: a relationship and the query that reads along it, which is a [`Value`] of one of the
/// three query types.
pub type RelationshipQueryCollection = DataCollection<Relationship, Value>;
