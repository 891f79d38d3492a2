using System.Reflection;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.CostExporter.Tests.Emitting;

public sealed class DocumentedOtlpSettingsTests
{
    private static readonly string Section = Repository.Read("docs/receiver.md").Split("\n### .NET", 2)[1].Split("\n### ", 2)[0];

    public static TheoryData<string> Options => [.. typeof(UsageEventOtlpOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance).Select(property => property.Name)];

    [Theory]
    [MemberData(nameof(Options))]
    public void Setting_stands_in_the_table_of_settings(string option) =>
        Assert.Single(Section.Split('\n'), line => line.StartsWith("| `", StringComparison.Ordinal) && line.Split('|')[1].Contains($"`{option}`", StringComparison.Ordinal));

    [Theory]
    [InlineData("overflow")]
    [InlineData("shutdown")]
    [InlineData("refused")]
    public void Reason_of_a_loss_is_explained(string reason) => Assert.Contains($"`{reason}`", Section, StringComparison.Ordinal);
}
