namespace LlmTelemetry.CostExporter.Tests.Storage;

public sealed class PackedMeasuresTests
{
    public static TheoryData<string> Values =>
        [.. new[] { 1, 255, 256, 65_535, 65_536, (1L << 48) - 1, 1L << 48, (1L << 53) + 1, long.MaxValue }.Select(v => v.ToString(System.Globalization.CultureInfo.InvariantCulture)),
            ((Int128.One << 96) - 1).ToString()];

    [Theory]
    [MemberData(nameof(Values))]
    public void Value_of_any_width_comes_back(string text)
    {
        var value = Int128.Parse(text, System.Globalization.CultureInfo.InvariantCulture);
        var measures = new SpendMeasures();
        for (byte id = 0; id < 128; id++)
        {
            measures.Add(id, value);
        }

        var back = Unpack(PackedMeasures.Pack(measures));
        Assert.Equal(128, back.Count);
        Assert.All(Enumerable.Range(0, 128), id => Assert.Equal(value, back[(byte)id]));
    }

    [Fact]
    public void Row_of_a_usual_call_fits_in_the_64_bytes_of_a_listpack()
    {
        // 40 calls of a month: duration, three buckets of tokens and their cost, each some dollars.
        var measures = new SpendMeasures();
        measures.Add(SpendMeasure.Calls, 40);
        measures.Add(SpendMeasure.DurationMicros, 120_000_000);
        foreach (byte bucket in new byte[] { 0, 1, 9 })
        {
            measures.Add((byte)(32 + bucket), 4_000_000);
            measures.Add((byte)(64 + bucket), 25_000_000_000_000);
        }

        Assert.InRange(PackedMeasures.Pack(measures).Length, 1, 64);
    }

    [Fact]
    public void Zero_is_left_out()
    {
        var measures = new SpendMeasures();
        measures.Add(3, 0);
        measures.Add(7, 9);
        var back = Unpack(PackedMeasures.Pack(measures));
        Assert.Equal((7, (Int128)9), back.At(0));
        Assert.Equal(1, back.Count);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("79228162514264337593543950336")]
    public void Value_that_cannot_be_kept_is_refused(string text)
    {
        var measures = new SpendMeasures();
        measures.Add(1, Int128.Parse(text, System.Globalization.CultureInfo.InvariantCulture));
        Assert.Throws<OverflowException>(() => PackedMeasures.Pack(measures));
    }

    [Theory]
    [InlineData("01")]
    [InlineData("010001")]
    [InlineData("01000D01")]
    [InlineData("0100020100AA")]
    [InlineData("010004FFFF")]
    [InlineData("FF")]
    public void Damaged_row_is_refused(string hex) => Assert.Throws<InvalidDataException>(() => Unpack(Convert.FromHexString(hex)));

    private static SpendMeasures Unpack(byte[] packed)
    {
        var measures = new SpendMeasures();
        PackedMeasures.AddTo(measures, packed);
        return measures;
    }
}
