namespace LlmTelemetry.CostExporter;

/// <summary>The order of a report's rows: days in their order, then the highest cost first, unknown cost last, ties by name.</summary>
internal sealed class RowOrder(SpendDimension[] by, string[] byTags) : IComparer<UsageReportRow>
{
    public int Compare(UsageReportRow? left, UsageReportRow? right)
    {
        var order = Nullable.Compare(left!.Day, right!.Day);
        order = order != 0 ? order : Nullable.Compare(right.CostPico, left.CostPico);
        foreach (var dimension in by)
        {
            order = order != 0 ? order : string.CompareOrdinal(left[dimension], right[dimension]);
        }

        foreach (var tag in byTags)
        {
            order = order != 0 ? order : string.CompareOrdinal(left.Tag(tag), right.Tag(tag));
        }

        return order;
    }
}
