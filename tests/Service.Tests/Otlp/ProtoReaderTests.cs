using Google.Protobuf;
using LlmTelemetry.Service.Wire;

namespace LlmTelemetry.Service.Tests.Otlp;

/// <summary>The reader of the wire, against what the encoding says of it and against Google.Protobuf.</summary>
public sealed class ProtoReaderTests
{
    [Theory]
    [InlineData("08 96 01", 0x08u, 150ul)]
    [InlineData("08 FF FF FF FF FF FF FF FF FF 01", 0x08u, ulong.MaxValue)]
    [InlineData("08 80 80 80 80 80 80 80 80 80 00", 0x08u, 0ul)]
    [InlineData("09 01 00 00 00 00 00 00 80", 0x09u, 0x8000000000000001ul)]
    [InlineData("0D 01 00 00 80", 0x0Du, 0x80000001ul)]
    [InlineData("0B 08 01 13 14 0C", 0x0Bu, 0ul)]
    public void Fields_of_every_type_are_read(string hex, uint tag, ulong number)
    {
        var reader = new ProtoReader(Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal)));

        Assert.True(reader.Next());
        Assert.Equal(tag, reader.Tag);
        Assert.True((tag & 7) == 3 || number == reader.Number);
        Assert.False(reader.Next());
    }

    [Theory]
    [InlineData("08")] // No value.
    [InlineData("08 80")] // Half a number.
    [InlineData("08 80 80 80 80 80 80 80 80 80 80 01")] // More than 10 bytes.
    [InlineData("09 01 02")]
    [InlineData("0A 05 01")] // Longer than there is.
    [InlineData("0A FF FF FF FF FF FF FF FF FF 01")] // Far longer.
    [InlineData("0A FF FF FF FF 0F")]
    [InlineData("00 01")] // The number 0.
    [InlineData("0C")] // Ends what did not begin.
    [InlineData("0B 08 01")] // Does not end.
    [InlineData("0B 14")] // Ends another.
    [InlineData("0E 01")] // Types that there are not.
    [InlineData("0F 01")]
    public void What_is_no_protobuf_is_told(string hex)
    {
        var bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));

        Assert.Throws<OtlpFormatException>(() => { for (var reader = new ProtoReader(bytes); reader.Next();) { } });
        Assert.Throws<InvalidProtocolBufferException>(() => Resource.Parser.ParseFrom(bytes));
    }

    [Fact]
    public void Groups_nested_without_end_are_refused_not_followed()
    {
        var bytes = Enumerable.Repeat((byte)0x0B, 1_000_000).ToArray();

        Assert.Throws<OtlpFormatException>(() => new ProtoReader(bytes).Next());
    }
}
