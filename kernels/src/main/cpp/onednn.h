// oneDNN's C interface with errors as exceptions and descriptions that destroy themselves.
#pragma once

#include <oneapi/dnnl/dnnl.h>

#include <stdexcept>
#include <string>
#include <utility>

#include "views.h"

namespace swiftkv {

inline void check(dnnl_status_t status, const char* what) {
  if (status != dnnl_success) {
    throw std::runtime_error(std::string("oneDNN: ") + what + " failed with status " + std::to_string(status));
  }
}

inline dnnl_data_type_t dnnlType(DType dtype) { return dtype == DType::F32 ? dnnl_f32 : dnnl_bf16; }

struct MemoryDescriptor {
  dnnl_memory_desc_t value = nullptr;

  MemoryDescriptor() = default;
  MemoryDescriptor(int64_t rows, int64_t columns, dnnl_data_type_t type, dnnl_format_tag_t tag) {
    dnnl_dims_t dims = {rows, columns};
    check(dnnl_memory_desc_create_with_tag(&value, 2, dims, type, tag), "describing a matrix");
  }
  explicit MemoryDescriptor(const_dnnl_memory_desc_t from) {
    check(dnnl_memory_desc_clone(&value, from), "copying a description");
  }
  MemoryDescriptor(MemoryDescriptor&& other) noexcept : value(other.value) { other.value = nullptr; }
  MemoryDescriptor& operator=(MemoryDescriptor&& other) noexcept {
    std::swap(value, other.value);
    return *this;
  }
  ~MemoryDescriptor() {
    if (value != nullptr) dnnl_memory_desc_destroy(value);
  }
};

// Where element `index` of dimension `dim` lies in a blocked layout, in elements; the two dimensions add up.
inline int64_t offsetIn(const_dnnl_memory_desc_t layout, int dim, int64_t index) {
  int blocks = 0;
  dnnl_dims_t* sizes = nullptr;
  dnnl_dims_t* dims = nullptr;
  dnnl_dims_t* strides = nullptr;
  check(dnnl_memory_desc_query(layout, dnnl_query_inner_nblks_s32, &blocks), "reading a layout");
  check(dnnl_memory_desc_query(layout, dnnl_query_inner_blks, &sizes), "reading a layout");
  check(dnnl_memory_desc_query(layout, dnnl_query_inner_idxs, &dims), "reading a layout");
  check(dnnl_memory_desc_query(layout, dnnl_query_strides, &strides), "reading a layout");
  int64_t offset = 0;
  int64_t stride = 1;
  for (int i = blocks - 1; i >= 0; i--) {
    int64_t size = (*sizes)[i];
    if ((*dims)[i] == dim) {
      offset += index % size * stride;
      index /= size;
    }
    stride *= size;
  }
  return offset + index * (*strides)[dim];
}

}  // namespace swiftkv
