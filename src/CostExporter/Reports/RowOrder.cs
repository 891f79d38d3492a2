namespace LlmTelemetry.CostExporter;

/// <summary>The order of a report's rows: days in their order, then as asked, what is summed as the others last, ties by name.</summary>
internal sealed class RowOrder(SpendDimension[] by, string[] byTags, UsageReportSort sort) : IComparer<UsageReportRow>
{
    public int Compare(UsageReportRow? left, UsageReportRow? right)
    {
        var order = Nullable.Compare(left!.Day, right!.Day);
        order = order != 0 ? order : left.IsOther.CompareTo(right.IsOther);
        order = order != 0 ? order : Compare(left, right);
        foreach (var dimension in by)
        {
            order = order != 0 ? order : string.CompareOrdinal(left[dimension], right[dimension]);
        }

        foreach (var tag in byTags)
        {
            order = order != 0 ? order : string.CompareOrdinal(left.Tag(tag), right.Tag(tag));
        }

        return order;

        int Compare(UsageReportRow one, UsageReportRow other) => sort switch
        {
            UsageReportSort.Cost => Nullable.Compare(other.CostPico, one.CostPico),
            UsageReportSort.Charged => Nullable.Compare(other.ChargedPico, one.ChargedPico),
            UsageReportSort.Calls => other.Measures[SpendMeasure.Calls].CompareTo(one.Measures[SpendMeasure.Calls]),
            UsageReportSort.Tokens => other.Tokens.CompareTo(one.Tokens),
            _ => 0,
        };
    }
}
