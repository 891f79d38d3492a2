using System.Globalization;

namespace LlmTelemetry.Usage.Tests;

public sealed class CostTextTests
{
    [Theory]
    [InlineData("0", "$0.00")]
    [InlineData("0.000000", "$0.00")]
    [InlineData("12.4", "$12.40")]
    [InlineData("1", "$1.00")]
    [InlineData("1.005", "$1.01")] // Half is rounded away from zero.
    [InlineData("1.00499", "$1.00")]
    [InlineData("1234567.891", "$1,234,567.89")]
    [InlineData("79228162514264337593543950335", "$79,228,162,514,264,337,593,543,950,335.00")]
    [InlineData("0.0025", "$0.0025")]
    [InlineData("0.5", "$0.50")]
    [InlineData("0.01", "$0.01")]
    [InlineData("0.123456", "$0.1235")]
    [InlineData("0.0312", "$0.0312")]
    [InlineData("0.99994", "$0.9999")]
    [InlineData("0.99996", "$1.00")]
    [InlineData("0.000012345", "$0.00001235")]
    [InlineData("0.000000000001", "$0.000000000001")]
    [InlineData("0.0000000000000000000000000001", "$0.0000000000000000000000000001")]
    [InlineData("-0.0025", "-$0.0025")]
    [InlineData("-12.4", "-$12.40")]
    [InlineData("-1234.5", "-$1,234.50")]
    public void Amount_is_written_as_people_read_it(string usd, string text) =>
        Assert.Equal(text, CostCalculator.Format(decimal.Parse(usd, CultureInfo.InvariantCulture)));

    [Fact]
    public void Amount_that_is_not_known_is_not_zero() => Assert.Equal("unknown", CostCalculator.Format(null));

    [Fact]
    public void Amount_is_the_same_text_in_every_culture()
    {
        var culture = CultureInfo.CurrentCulture;
        var other = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (other.NumberFormat.NumberDecimalSeparator, other.NumberFormat.NumberGroupSeparator) = (",", ".");
        try
        {
            CultureInfo.CurrentCulture = other;
            Assert.Equal("$1,234.50", CostCalculator.Format(1234.5m));
        }
        finally
        {
            CultureInfo.CurrentCulture = culture;
        }
    }
}
